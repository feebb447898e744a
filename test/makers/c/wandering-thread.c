/* Makes a process of which a second thread works in a directory of its own (argument 1). */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static void *wander(void *directory) {
  if (unshare(CLONE_FS) || chdir(directory)) perror(directory);
  else printf("wandered\n");
  fflush(stdout);
  for (;;) pause();
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t thread;
  if (argc < 2) return 2;
  alarm(300);
  if (pthread_create(&thread, NULL, wander, argv[1])) return 1;
  for (;;) pause();
}
