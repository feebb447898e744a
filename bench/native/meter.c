// Runs one command with its output in a pipe, and says what it cost.
//   meter <program> [argument…]
// Prints one line of tab-separated fields: wall milliseconds, CPU milliseconds, peak memory in KiB (of the process or
// of the largest that it waited for), exit status, lines of output, and the last of these lines.
//
// In C, because Linux counts the memory of the process that called fork(2) to the child's peak: a child of Node would
// never look smaller than Node.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double ms_of(struct timeval time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  static char chunk[65536], line[512];
  size_t lines = 0, length = 0;
  int ends[2], status;
  struct rusage usage;
  if (argc < 2 || pipe2(ends, O_CLOEXEC) == -1) return 2;
  double start = now();
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  close(ends[1]);
  int fresh = 1;
  for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0;) {
    for (ssize_t i = 0; i < got; i++) {
      if (chunk[i] == '\n') {
        lines++;
        fresh = 1;
        continue;
      }
      if (fresh) length = 0;
      fresh = 0;
      if (length < sizeof line - 1) line[length++] = chunk[i];
    }
  }
  if (wait4(child, &status, 0, &usage) == -1) return 2;
  double wall = now() - start;
  line[length] = 0;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  printf("%.3f\t%.3f\t%ld\t%d\t%zu\t%s\n", wall, ms_of(usage.ru_utime) + ms_of(usage.ru_stime), usage.ru_maxrss, code,
         lines, line);
  return 0;
}
