/*
 * Makes processes that follow each other under one number, each born with a name and a directory that belong
 * together: `pair-a` in DIR/pair-a, then `pair-b` in DIR/pair-b. The parent takes on both before it forks, so no
 * child is ever seen with one of one pair and one of the other.
 *
 *   pid-reuse DIR        the number is whatever the kernel gives (a tiny pid_max leaves it no choice)
 *   pid-reuse DIR PID    the number is asked for (clone3 with set_tid, Linux 5.5)
 */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t forkAs(pid_t number) {
  if (number == 0) return fork();
  struct clone_args arguments = {
      .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t number = argc > 2 ? atoi(argv[2]) : 0;
  struct pollfd parent = {.fd = 0, .events = POLLIN};
  for (unsigned born = 0; born % 256 || poll(&parent, 1, 0) == 0; born++) {
    const char *pair = born % 2 ? "pair-a" : "pair-b";
    if (chdir(argv[1]) || chdir(pair)) return 1;
    prctl(PR_SET_NAME, pair);
    struct timespec life = {.tv_nsec = rand() % 200000};
    pid_t pid = forkAs(number);
    if (pid == 0) {
      nanosleep(&life, NULL);
      _exit(0);
    }
    if (pid < 0) {
      perror("fork");
      return 1;
    }
    waitpid(pid, NULL, 0);
  }
  return 0;
}
