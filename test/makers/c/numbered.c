/*
 * Runs a program as a process of a number that is asked for (clone3 with set_tid, Linux 5.5), and reaps it.
 *
 *   numbered PID FILE ARG…
 */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t number = atoi(argv[1]);
  struct clone_args arguments = {
      .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
  pid_t pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0) {
    perror("clone3");
    return 1;
  }
  if (pid == 0) {
    execv(argv[2], argv + 2);
    _exit(127);
  }
  waitpid(pid, NULL, 0);
  return 0;
}
