/*
 * Makes a fork storm: an agent that runs /bin/true all the time. Each child is a double of it, with the same name,
 * directory and terminal, for the millisecond before it starts its program.
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  const struct timespec millisecond = {.tv_nsec = 1000000};
  alarm(300);
  for (;;) {
    pid_t pid = fork();
    if (pid == 0) {
      nanosleep(&millisecond, NULL);
      execl("/bin/true", "true", (char *)NULL);
      _exit(127);
    }
    nanosleep(&millisecond, NULL);
    if (pid > 0) waitpid(pid, NULL, 0);
  }
}
