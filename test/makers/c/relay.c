/*
 * Makes a relay: an agent that starts itself anew in a child all the time and ends as soon as the child runs. At each
 * moment at least one of them lives, and none lives long.
 *
 *   relay AGENT MICROSECONDS   keeps the terminal, and the race going on it; AGENT is a copy of this program
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* A race that nobody stops ends by itself. */
static const int RACE_SECONDS = 120;

static void run(char *agent, char *life, char *end) {
  execl(agent, agent, "runner", life, end, (char *)NULL);
  _exit(127);
}

static _Noreturn void keepTerminal(char *agent, char *life) {
  char end[32];
  snprintf(end, sizeof end, "%ld", time(NULL) + RACE_SECONDS);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) run(agent, life, end);
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  alarm(300);
  if (argc < 4) keepTerminal(argv[1], argv[2]);
  int running[2];
  usleep(atoi(argv[2]));
  if (time(NULL) > atol(argv[3]) || pipe2(running, O_CLOEXEC)) return 0;
  if (fork() == 0) run(argv[0], argv[2], argv[3]);
  char end;
  close(running[1]);
  return read(running[0], &end, 1);
}
