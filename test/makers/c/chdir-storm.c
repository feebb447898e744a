/*
 * Makes processes that go into a directory, take its name, and end at once:
 *   chdir-storm <directory> <count of directories> <begin of their names>
 * One that is called so works in the directory of that name. Ends with its standard input.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[2]);
  char name[32];
  struct pollfd input = {.fd = 0, .events = POLLIN};
  alarm(300);
  if (chdir(argv[1])) return 1;
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "%s%d", argv[3], i);
    if (mkdir(name, 0755)) return 1;
  }
  printf("{\"ready\":1}\n");
  fflush(stdout);
  for (long made = 0;; made++) {
    pid_t pid = fork();
    if (pid == 0) {
      snprintf(name, sizeof name, "%s%ld", argv[3], made % count);
      if (chdir(name) || prctl(PR_SET_NAME, name)) _exit(1);
      _exit(0);
    }
    if (made % 8 == 7)
      while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    if (made % 64 == 63) {
      while (waitpid(-1, NULL, 0) > 0) continue;
      if (poll(&input, 1, 0) > 0) return 0;
    }
  }
}
