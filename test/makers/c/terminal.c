/*
 * Makes a terminal: opens a pty, runs a program on it and prints {"pid":…,"path":"/dev/pts/N"}.
 * What comes on stdin is typed there; what the terminal shows goes to stdout. At the end of stdin, or when its
 * parent dies, it is gone, and the kernel hangs the terminal up.
 *
 * node-pty is not used: its children inherit the masters of all its other terminals, and those never hang up.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

static void copy(int from, int to) {
  char text[4096];
  ssize_t length = read(from, text, sizeof text);
  if (length <= 0) exit(0);
  for (ssize_t done = 0; done < length;) {
    ssize_t written = write(to, text + done, length - done);
    if (written < 0) exit(0);
    done += written;
  }
}

static void run(char **program, const char *path) {
  setsid();
  int slave = open(path, O_RDWR);
  if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0) _exit(126);
  for (int fd = 0; fd <= 2; fd++) dup2(slave, fd);
  close_range(3, ~0U, 0);
  execvp(program[0], program);
  perror(program[0]);
  _exit(127);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_DFL);
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  char path[64];
  if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, path, sizeof path)) return 1;
  /* Held open, so that the terminal outlives its first program, like a window that stays. */
  int held = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (held < 0) return 1;
  pid_t pid = fork();
  if (pid == 0) run(argv + 1, path);
  signal(SIGCHLD, SIG_IGN);
  if (pid < 0 || chdir("/") < 0) return 1;
  printf("{\"pid\":%d,\"path\":\"%s\"}\n", pid, path);
  fflush(stdout);
  for (;;) {
    struct pollfd ready[] = {{.fd = 0, .events = POLLIN}, {.fd = master, .events = POLLIN}};
    if (poll(ready, 2, -1) < 0) return 1;
    if (ready[1].revents) copy(master, 1);
    if (ready[0].revents) copy(0, master);
  }
}
