/*
 * Makes a terminal's foreground of a fork that never starts a program of its own, like a shell's `( … )`.
 * Prints {"parent":…,"child":…}.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  alarm(300);
  signal(SIGTTOU, SIG_IGN);
  pid_t child = fork();
  if (child < 0) return 1;
  if (child > 0) {
    setpgid(child, child);
    tcsetpgrp(0, child);
    printf("{\"parent\":%d,\"child\":%d}\n", getpid(), child);
    fflush(stdout);
  } else {
    alarm(300);
  }
  for (;;) pause();
}
