/*
 * Makes processes that follow each other under one number, each born with an argument and a directory that belong
 * together: `pair-a` in DIR/pair-a, then `pair-b` in DIR/pair-b. The parent takes on both before it forks, so no
 * child is ever seen with one of one pair and one of the other. All else is alike: name, parent, group, and within
 * one tick of the clock the start time too, so that no comparison of two stat lines tells them apart.
 *
 *   pid-reuse DIR pair-_        the number is whatever the kernel gives (a tiny pid_max leaves it no choice)
 *   pid-reuse DIR pair-_ PID    the number is asked for (clone3 with set_tid, Linux 5.5)
 */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
  if (argc < 3) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t number = argc > 3 ? atoi(argv[3]) : 0;
  struct pollfd parent = {.fd = 0, .events = POLLIN};
  for (unsigned born = 0; born % 256 || poll(&parent, 1, 0) == 0; born++) {
    argv[2][strlen("pair-")] = born % 2 ? 'a' : 'b';
    if (chdir(argv[1]) || chdir(argv[2])) return 1;
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
