// Makes the processes that the benchmark looks at, and keeps them until its standard input is closed.
//   population <processes> <sessions> <homes directory> <idle program> <session program> [<sockets each>]
// Sessions run on real terminals, each in a directory of its own below <homes directory>; the others have no terminal.
// With sockets, every process has so many of TCP, and the others descend from the sessions, as many from each.
// Every child asks the kernel to be killed when this process dies, so nothing is left behind, however it ends.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// Every child holds the writing end until it has become its program: the end of file says that all of them have.
static int all_started[2];
// Standard error as it was, since a session's own is its terminal.
static int errors;

static void give_up(const char *what) {
  dprintf(errors, "population: %s: %s\n", what, strerror(errno));
  dprintf(all_started[1], "x");
  _exit(1);
}

static void become(const char *program, const char *name) {
  execl(program, name, (char *)NULL);
  give_up("execl");
}

static void tie_to_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) give_up("prctl");
  if (getppid() != parent) _exit(1);
  if (setsid() == -1) give_up("setsid");
}

static int tcp_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1) give_up("socket");
  return fd;
}

// Two that listen, and connections to the first of them, both ends here. They outlive the exec.
static void open_sockets(int count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  if (count < 2) return;
  int listener = tcp_socket();
  if (listen(listener, 16) == -1 || listen(tcp_socket(), 16) == -1) give_up("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) == -1) give_up("getsockname");
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int open = 2; open + 2 <= count; open += 2) {
    if (connect(tcp_socket(), (struct sockaddr *)&address, length) == -1) give_up("connect");
    if (accept(listener, NULL, NULL) == -1) give_up("accept");
  }
}

static void take_terminal(const char *terminal, const char *home) {
  int fd = open(terminal, O_RDWR);
  if (fd == -1) give_up(terminal);
  if (ioctl(fd, TIOCSCTTY, 0) == -1) give_up("TIOCSCTTY");
  for (int standard = 0; standard <= 2; standard++) dup2(fd, standard);
  if (fd > 2) close(fd);
  if (chdir(home) == -1) give_up(home);
}

static void start_idle(const char *program, int sockets) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == -1) give_up("fork");
  if (child != 0) return;
  tie_to_parent(parent);
  open_sockets(sockets);
  become(program, "idle");
}

struct below {
  int processes;
  const char *program;
  int sockets;
};

static void start_session(int number, const char *homes, const char *program, struct below below) {
  char home[4096];
  snprintf(home, sizeof home, "%s/s%04d", homes, number);
  if (mkdir(home, 0755) == -1 && errno != EEXIST) give_up(home);
  // The master stays open here: its end is the end of the terminal.
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1) give_up("posix_openpt");
  char terminal[64];
  if (ptsname_r(master, terminal, sizeof terminal) != 0) give_up("ptsname_r");
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == -1) give_up("fork");
  if (child != 0) return;
  tie_to_parent(parent);
  take_terminal(terminal, home);
  for (int started = 0; started < below.processes; started++) start_idle(below.program, below.sockets);
  open_sockets(below.sockets);
  become(program, "claude");
}

// One descriptor a terminal is needed, and the usual soft limit is 1024.
static void allow_many_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == -1) give_up("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == -1) give_up("setrlimit");
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 7) return 2;
  int processes = atoi(argv[1]), sessions = atoi(argv[2]), sockets = argc == 7 ? atoi(argv[6]) : 0;
  char byte;
  errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (pipe2(all_started, O_CLOEXEC) == -1) return 1;
  allow_many_files();
  struct below below = {sockets > 0 ? processes / sessions - 1 : 0, argv[4], sockets};
  for (int number = 1; number <= sessions; number++) start_session(number, argv[3], argv[5], below);
  for (int number = sessions * (1 + below.processes); number < processes; number++) start_idle(argv[4], sockets);
  close(all_started[1]);
  if (read(all_started[0], &byte, 1) != 0) return 1;
  puts("ready");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  return 0;
}
