/* A process that executes itself again and again, from another thread than its first: it keeps its number all the time. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static char **arguments;

static void *again(void *unused) {
  execv("/proc/self/exe", arguments);
  return unused;
}

int main(int argc, char **argv) {
  pthread_t thread;
  (void)argc;
  arguments = argv;
  alarm(300);
  if (pthread_create(&thread, NULL, again, NULL)) return 1;
  for (;;) pause();
}
