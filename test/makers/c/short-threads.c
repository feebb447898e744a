/* Makes a process that computes all the time, in threads that each live for 8 ms of CPU time; it shows nothing. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static void *compute(void *unused) {
  struct timespec used;
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  while (used.tv_nsec < 8000000);
  return unused;
}

int main(void) {
  pthread_t thread;
  alarm(300);
  while (!pthread_create(&thread, NULL, compute, NULL)) pthread_join(thread, NULL);
  return 1;
}
