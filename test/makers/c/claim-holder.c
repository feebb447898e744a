/*
 * Makes a command that runs under a claim, and writes down when: `claim-holder LOG MILLISECONDS` appends
 *
 *   begin PID NANOSECONDS NAME
 *   end PID NANOSECONDS NAME
 *
 * by the monotonic clock, which is one for all processes, each line in one write; NAME is PLUMBLINE_NAME.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int note(int log, const char *what) {
  struct timespec now;
  char line[512];
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long nanoseconds = now.tv_sec * 1000000000LL + now.tv_nsec;
  int length = snprintf(line, sizeof line, "%s %d %lld %s\n", what, getpid(), nanoseconds, getenv("PLUMBLINE_NAME"));
  return write(log, line, length) == length;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  int log = open(words[1], O_WRONLY | O_APPEND | O_CLOEXEC);
  long milliseconds = atol(words[2]);
  struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  if (log < 0 || !note(log, "begin")) return 1;
  nanosleep(&pause, NULL);
  return note(log, "end") ? 0 : 1;
}
