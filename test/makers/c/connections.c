// Makes sockets of every kind and keeps them until its standard input, or the file that it is told to wait for, ends.
//   connections <path for unix sockets>
// Prints its facts as one line of JSON: who has what. Queues hold bytes that nobody reads; one connection waits to be
// accepted; one socket is shared with a child; one connection belongs to a process that has left its terminal and its
// parent: it is in the kernel session of another child. One connection is in TIME-WAIT.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void give_up(const char *what) {
  fprintf(stderr, "connections: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int checked(int result, const char *what) {
  if (result == -1) give_up(what);
  return result;
}

static unsigned long inode(int fd) {
  struct stat stat;
  checked(fstat(fd, &stat), "fstat");
  return stat.st_ino;
}

static struct sockaddr_in6 address6(const char *text, int port) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, text, &address.sin6_addr);
  return address;
}

static struct sockaddr_in address4(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int port_of(int fd) {
  struct sockaddr_in6 address;
  socklen_t length = sizeof address;
  checked(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
  // The port stands at the same place in both families.
  return ntohs(address.sin6_port);
}

static int bound4(int type, int port) {
  int fd = checked(socket(AF_INET, type, 0), "socket"), one = 1;
  struct sockaddr_in address = address4(port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  checked(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  return fd;
}

static int bound6(int type, const char *text, int only6) {
  int fd = checked(socket(AF_INET6, type, 0), "socket");
  struct sockaddr_in6 address = address6(text, 0);
  checked(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6), "IPV6_V6ONLY");
  checked(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  return fd;
}

static int connected4(int type, int port) {
  int fd = checked(socket(AF_INET, type, 0), "socket");
  struct sockaddr_in address = address4(port);
  checked(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
  return fd;
}

static int connected6(const char *text, int port) {
  int fd = checked(socket(AF_INET6, SOCK_STREAM, 0), "socket");
  struct sockaddr_in6 address = address6(text, port);
  checked(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
  return fd;
}

static int unix_socket(int type, const char *path, int is_client) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(path);
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@') address.sun_path[0] = 0;
  else length++;
  int fd = checked(socket(AF_UNIX, type, 0), "socket");
  int (*call)(int, const struct sockaddr *, socklen_t) = is_client ? connect : bind;
  checked(call(fd, (struct sockaddr *)&address, length), path);
  return fd;
}

static void fact(const char *name, int fd) { printf(", \"%s\": %lu", name, inode(fd)); }

// Nobody has a connection that is over; its last end waits for late packets.
static void leave_in_time_wait(int listener) {
  char byte;
  int client = connected4(SOCK_STREAM, port_of(listener));
  int server = checked(accept(listener, NULL, NULL), "accept");
  printf(", \"time_wait_port\": %d", port_of(client));
  shutdown(client, SHUT_WR);
  checked(read(server, &byte, 1), "read");
  close(server);
  checked(read(client, &byte, 1), "read");
  close(client);
}

static void keep_only(int one, int two, int three) {
  for (int fd = 3; fd < 64; fd++) if (fd != one && fd != two && fd != three) close(fd);
}

static void wait_for_end(int life) {
  char byte;
  while (read(life, &byte, 1) > 0) continue;
  _exit(0);
}

int main(int argc, char **argv) {
  char path[108], abstract[108];
  int life[2], born[2], pair[2];
  if (argc != 2) return 2;
  // Children end with this process: it alone has the other end.
  checked(pipe(life), "pipe");
  checked(pipe(born), "pipe");
  printf("{\"pid\": %d", getpid());

  int tcp4 = bound4(SOCK_STREAM, 0);
  checked(listen(tcp4, 7), "listen");
  int client = connected4(SOCK_STREAM, port_of(tcp4)), server = checked(accept(tcp4, NULL, NULL), "accept");
  checked(write(client, "hello", 5), "write");
  leave_in_time_wait(tcp4);
  int waiting = connected4(SOCK_STREAM, port_of(tcp4));
  int tcp6 = bound6(SOCK_STREAM, "::1", 1);
  checked(listen(tcp6, 3), "listen");
  int client6 = connected6("::1", port_of(tcp6)), server6 = checked(accept(tcp6, NULL, NULL), "accept");
  int dual = bound6(SOCK_STREAM, "::", 0);
  checked(listen(dual, 5), "listen");
  int mapped = connected4(SOCK_STREAM, port_of(dual)), mapped_server = checked(accept(dual, NULL, NULL), "accept");
  printf(", \"port\": %d", port_of(tcp4));
  fact("tcp4", tcp4), fact("client", client), fact("server", server), fact("waiting", waiting);
  fact("tcp6", tcp6), fact("client6", client6), fact("server6", server6);
  fact("dual", dual), fact("mapped", mapped), fact("mapped_server", mapped_server);

  int udp = bound4(SOCK_DGRAM, 0), udp_client = connected4(SOCK_DGRAM, port_of(udp)), udp6 = bound6(SOCK_DGRAM, "::", 1);
  checked(write(udp_client, "unread", 6), "write");
  fact("udp", udp), fact("udp_client", udp_client), fact("udp6", udp6);

  snprintf(path, sizeof path, "%s", argv[1]);
  int listener = unix_socket(SOCK_STREAM, path, 0);
  checked(listen(listener, 9), "listen");
  int unix_client = unix_socket(SOCK_STREAM, path, 1), unix_server = checked(accept(listener, NULL, NULL), "accept");
  checked(write(unix_server, "abc", 3), "write");
  snprintf(abstract, sizeof abstract, "@connections-%d", getpid());
  int datagrams = unix_socket(SOCK_DGRAM, abstract, 0);
  checked(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), "socketpair");
  fact("unix_listener", listener), fact("unix_client", unix_client), fact("unix_server", unix_server);
  fact("datagrams", datagrams), fact("pair", pair[0]), fact("other", pair[1]);
  fflush(stdout);

  int shared = checked(fork(), "fork");
  if (shared == 0) {
    keep_only(server, life[0], -1);
    checked(dup(server), "dup");
    prctl(PR_SET_NAME, "sharer) R 1 1");
    wait_for_end(life[0]);
  }
  int leader = checked(fork(), "fork");
  if (leader == 0) {
    checked(setsid(), "setsid");
    int parent = checked(fork(), "fork");
    if (parent == 0) {
      if (checked(fork(), "fork") != 0) _exit(0);
      pid_t self = getpid();
      keep_only(mapped, born[1], life[0]);
      while (getppid() != 1) usleep(1000);
      checked(write(born[1], &self, sizeof self), "write");
      close(born[1]);
      wait_for_end(life[0]);
    }
    keep_only(-1, life[0], -1);
    wait_for_end(life[0]);
  }
  pid_t daemon;
  checked(read(born[0], &daemon, sizeof daemon), "read");
  close(life[0]), close(born[0]), close(born[1]);
  printf(", \"sharer\": %d, \"leader\": %d, \"daemon\": %d}\n", shared, leader, daemon);
  fflush(stdout);
  wait_for_end(STDIN_FILENO);
}
