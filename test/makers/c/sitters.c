/*
 * Makes processes that sit in directories of their own and do nothing: sitters <directory> <count>.
 * Prints a line "pid inode" for each, then one that is empty; they end with it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int count = atoi(argv[2]), told[2];
  struct stat stat_of;
  char name[32], byte;
  alarm(300);
  if (chdir(argv[1]) || pipe(told)) return 1;
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "s%d", i);
    if (mkdir(name, 0755) || stat(name, &stat_of)) return 1;
    pid_t pid = fork();
    if (pid == -1) return 1;
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (chdir(name) || prctl(PR_SET_NAME, name)) _exit(1);
      if (write(told[1], "x", 1) != 1) _exit(1);
      for (;;) pause();
    }
    printf("%d %lu\n", pid, (unsigned long)stat_of.st_ino);
  }
  for (int i = 0; i < count; i++)
    if (read(told[0], &byte, 1) != 1) return 1;
  printf("\n");
  fflush(stdout);
  for (;;) pause();
}
