/*
 * Moves directories so that a way upwards that mixes two moments can be told from every true one: mover <directory>.
 * A child sits deep below a directory low, which lies in A/x or in B/y, and x is moved to B only while low is not in it.
 * True are: child … low, x, A and child … low, y, B. Never true is: child … low, x, B.
 * Prints {"pid":…,"x":…,"b":…} with the inodes of x and B.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long inode_of(const char *path) {
  struct stat it;
  if (stat(path, &it)) exit(1);
  return it.st_ino;
}

static void move(const char *from, const char *to) {
  if (rename(from, to)) {
    perror(from);
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 2 || chdir(argv[1])) return 2;
  alarm(300);
  mkdir("A", 0755);
  mkdir("A/x", 0755);
  mkdir("B", 0755);
  mkdir("B/y", 0755);
  mkdir("A/x/low", 0755);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir("A/x/low")) _exit(1);
    for (int i = 0; i < 20; i++)
      if (mkdir("d", 0755) || chdir("d")) _exit(1);
    for (;;) pause();
  }
  while (access("A/x/low/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d", F_OK)) usleep(1000);
  printf("{\"pid\":%d,\"x\":\"%lu\",\"b\":\"%lu\"}\n", pid, inode_of("A/x"), inode_of("B"));
  fflush(stdout);
  for (;;) {
    move("A/x/low", "B/y/low");
    move("A/x", "B/x");
    move("B/x", "A/x");
    move("B/y/low", "A/x/low");
    /* There is a time too in which nothing is moved. */
    usleep(1);
  }
}
