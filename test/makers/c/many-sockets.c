/*
 * Many processes with TCP sockets: each of N children listens on a port of its own on loopback and has M connections
 * to it, of which it has both ends. Prints {"pid":…} when all stand, and ends, with all children, when its input ends.
 *
 * many-sockets N M
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void child(int connections, int ready, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) exit(1);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 128) != 0) fail("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
  for (int i = 0; i < connections; i++) {
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr *)&address, length) != 0) fail("connect");
    if (accept(listener, NULL, NULL) < 0) fail("accept");
    if (write(client, "x", 1) != 1) fail("write");
  }
  if (write(ready, "r", 1) != 1) fail("ready");
  close(ready);
  pause();
  exit(0);
}

int main(int argc, char **argv) {
  int processes = argc > 2 ? atoi(argv[1]) : 0, connections = argc > 2 ? atoi(argv[2]) : 0;
  if (processes < 1) return 2;
  struct rlimit files = {65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  int ready[2];
  if (pipe(ready) != 0) fail("pipe");
  for (int i = 0; i < processes; i++) {
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      close(ready[0]);
      child(connections, ready[1], parent);
    }
  }
  close(ready[1]);
  char byte;
  int count = 0;
  while (read(ready[0], &byte, 1) == 1) count++;
  if (count != processes) return 1;
  printf("{\"pid\":%d}\n", getpid());
  fflush(stdout);
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}
