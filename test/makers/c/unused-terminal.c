/*
 * Makes a terminal that nobody uses: holds its master, and opens no slave. It prints {"path":…}, then `hung up` if
 * somebody opens the slave and closes it again: so does a program that comes and ends. With a directory it goes into a
 * chroot there before it prints.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(300);
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  char path[64];
  if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, path, sizeof path)) return 1;
  if (argc > 1 && chroot(argv[1]) < 0) return 1;
  printf("{\"path\":\"%s\"}\n", path);
  fflush(stdout);
  struct pollfd ready = {.fd = master, .events = POLLIN};
  while (poll(&ready, 1, -1) >= 0 && !(ready.revents & POLLHUP)) {}
  puts("hung up");
  fflush(stdout);
  for (;;) pause();
}
