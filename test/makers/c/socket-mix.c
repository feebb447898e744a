/*
 * Sockets of all kinds in a network namespace that has nothing but loopback, which must be up: listening, connected,
 * half closed, waiting to be accepted, in SYN-SENT, SYN-RECV and TIME-WAIT, dual-stack, bound to an interface; unix
 * ones with a path of two lines, an abstract name, none at all. Prints {"pid":…} when all stand, and ends when its
 * input does.
 *
 * socket-mix DIRECTORY
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static const int on = 1;

static struct sockaddr_in6 v6(const char *address, int port) {
  struct sockaddr_in6 it = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, address, &it.sin6_addr);
  return it;
}

static struct sockaddr_in v4(const char *address, int port) {
  struct sockaddr_in it = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, address, &it.sin_addr);
  return it;
}

static int bound(int family, int type, const char *address, int port, int v6only, const char *device) {
  int fd = socket(family, type, 0);
  must(fd >= 0, "socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
  if (device) must(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) == 0, "SO_BINDTODEVICE");
  struct sockaddr_in four = v4(address, port);
  struct sockaddr_in6 six = v6(address, port);
  if (family == AF_INET) must(bind(fd, (struct sockaddr *)&four, sizeof four) == 0, "bind");
  else must(bind(fd, (struct sockaddr *)&six, sizeof six) == 0, "bind");
  return fd;
}

static int listening(int family, const char *address, int port, int v6only, int backlog) {
  int fd = bound(family, SOCK_STREAM, address, port, v6only, NULL);
  must(listen(fd, backlog) == 0, "listen");
  return fd;
}

static int connecting(int family, int type, const char *address, int port, int wait) {
  int fd = socket(family, type | (wait ? 0 : SOCK_NONBLOCK), 0);
  struct sockaddr_in four = v4(address, port);
  struct sockaddr_in6 six = v6(address, port);
  int result = family == AF_INET ? connect(fd, (struct sockaddr *)&four, sizeof four)
                                 : connect(fd, (struct sockaddr *)&six, sizeof six);
  must(result == 0 || !wait, "connect");
  return fd;
}

static int unix_bound(int type, const char *path, size_t size) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memcpy(name.sun_path, path, size);
  int fd = socket(AF_UNIX, type, 0);
  must(bind(fd, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + size) == 0, path);
  return fd;
}

static int unix_connected(int type, const char *path, size_t size) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memcpy(name.sun_path, path, size);
  int fd = socket(AF_UNIX, type, 0);
  must(connect(fd, (struct sockaddr *)&name, offsetof(struct sockaddr_un, sun_path) + size) == 0, path);
  return fd;
}

static void tcp(void) {
  int four = listening(AF_INET, "127.0.0.1", 4001, 0, 7);
  int client = connecting(AF_INET, SOCK_STREAM, "127.0.0.1", 4001, 1), server = accept(four, NULL, NULL);
  must(write(client, "12345", 5) == 5, "write");
  must(write(server, "123", 3) == 3 && read(client, (char[3]){0}, 3) == 3, "write");
  connecting(AF_INET, SOCK_STREAM, "127.0.0.1", 4001, 1); /* nobody accepts it */

  int both = listening(AF_INET6, "::", 4002, 0, 5);
  listening(AF_INET6, "::", 4003, 1, 5);
  connecting(AF_INET, SOCK_STREAM, "127.0.0.1", 4002, 1);
  must(accept(both, NULL, NULL) >= 0, "accept");
  connecting(AF_INET6, SOCK_STREAM, "::1", 4002, 1);
  must(accept(both, NULL, NULL) >= 0, "accept");

  int closes = connecting(AF_INET, SOCK_STREAM, "127.0.0.1", 4001, 1);
  must(accept(four, NULL, NULL) >= 0, "accept"); /* the one that waited */
  server = accept(four, NULL, NULL);
  close(closes);
  must(read(server, (char[1]){0}, 1) == 0, "read");
  close(server);

  closes = connecting(AF_INET6, SOCK_STREAM, "::1", 4002, 1);
  must(accept(both, NULL, NULL) >= 0, "accept");
  shutdown(closes, SHUT_WR);
  connecting(AF_INET6, SOCK_STREAM, "::1", 4002, 1); /* nobody accepts it */

  listening(AF_INET, "127.0.0.2", 4004, 0, 0);
  connecting(AF_INET, SOCK_STREAM, "127.0.0.2", 4004, 1);
  connecting(AF_INET, SOCK_STREAM, "127.0.0.2", 4004, 0); /* no room: SYN-SENT */

  int defers = listening(AF_INET, "127.0.0.3", 4005, 0, 5), seconds = 60;
  setsockopt(defers, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  connecting(AF_INET, SOCK_STREAM, "127.0.0.3", 4005, 1); /* silent: SYN-RECV */

  must(listen(bound(AF_INET, SOCK_STREAM, "0.0.0.0", 4006, 0, "lo"), 3) == 0, "listen");
}

static void udp(void) {
  bound(AF_INET, SOCK_DGRAM, "127.0.0.1", 5001, 0, NULL);
  bound(AF_INET, SOCK_DGRAM, "0.0.0.0", 5002, 0, "lo");
  bound(AF_INET6, SOCK_DGRAM, "::", 5003, 0, NULL);
  bound(AF_INET6, SOCK_DGRAM, "::1", 5004, 1, NULL);
  int fd = connecting(AF_INET, SOCK_DGRAM, "127.0.0.1", 5001, 1);
  must(write(fd, "datagram", 8) == 8, "write");
  connecting(AF_INET6, SOCK_DGRAM, "::1", 5004, 1);
  connecting(AF_INET6, SOCK_DGRAM, "::ffff:127.0.0.1", 5001, 1);
}

static void unix_sockets(void) {
  int pair[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
  must(write(pair[0], "12345", 5) == 5, "write");
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "socketpair");
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "socketpair");
  must(listen(unix_bound(SOCK_STREAM, "listener", 9), 9) == 0, "listen");
  must(listen(unix_bound(SOCK_SEQPACKET, "two\nlines \xff", 12), 4) == 0, "listen");
  int abstract = unix_bound(SOCK_STREAM, "\0plumb\0mix", 10);
  must(listen(abstract, 2) == 0, "listen");
  unix_connected(SOCK_STREAM, "\0plumb\0mix", 10);
  must(accept(abstract, NULL, NULL) >= 0, "accept");
  unix_connected(SOCK_STREAM, "listener", 9); /* nobody accepts these */
  unix_connected(SOCK_STREAM, "listener", 9);
  unix_bound(SOCK_DGRAM, "datagrams", 10);
  unix_connected(SOCK_DGRAM, "datagrams", 10);
  must(socket(AF_UNIX, SOCK_STREAM, 0) >= 0, "socket");
}

int main(int argc, char **argv) {
  must(argc == 2 && chdir(argv[1]) == 0, "socket-mix DIRECTORY");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  tcp();
  udp();
  unix_sockets();
  printf("{\"pid\":%d}\n", getpid());
  fflush(stdout);
  for (char byte; read(0, &byte, 1) > 0;) continue;
  return 0;
}
