/* Makes a zombie: starts a program and never asks how it ended. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  alarm(300);
  pid_t pid = fork();
  if (pid == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  printf("{\"child\":%d}\n", pid);
  fflush(stdout);
  for (;;) pause();
}
