/* Makes a process whose first thread has ended while another lives on: its leader is a zombie. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *liveOn(void *unused) {
  for (;;) pause();
  return unused;
}

int main(void) {
  pthread_t thread;
  alarm(300);
  if (pthread_create(&thread, NULL, liveOn, NULL)) return 1;
  syscall(SYS_exit, 0);
}
