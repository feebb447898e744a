/*
 * Makes a terminal whose only process never started a program of its own: like a server that forks a worker on a
 * pty. Prints {"pid":…,"path":"/dev/pts/N"} and waits for the end of stdin.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
  char path[64], end;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, path, sizeof path)) return 1;
  int attached[2];
  if (pipe(attached)) return 1;
  pid_t pid = fork();
  if (pid == 0) {
    close(master);
    setsid();
    int slave = open(path, O_RDWR);
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0) _exit(126);
    for (int fd = 0; fd <= 2; fd++) dup2(slave, fd);
    if (write(attached[1], "x", 1) != 1) _exit(1);
    alarm(300);
    for (;;) pause();
  }
  if (pid < 0 || read(attached[0], &end, 1) != 1) return 1;
  printf("{\"pid\":%d,\"path\":\"%s\"}\n", pid, path);
  fflush(stdout);
  while (read(0, &end, 1) > 0) {
  }
  kill(pid, SIGKILL);
  return 0;
}
