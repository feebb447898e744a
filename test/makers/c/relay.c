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
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The end of a race that nobody stops. */
static const int MAX_RUNNERS = 20000;

static void run(char *agent, char *life, int runners) {
  char count[16];
  snprintf(count, sizeof count, "%d", runners);
  execl(agent, agent, "runner", life, count, (char *)NULL);
  _exit(127);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  alarm(300);
  if (strcmp(argv[1], "runner")) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) run(argv[1], argv[2], 0);
    for (;;) pause();
  }
  int runners = argc > 3 ? atoi(argv[3]) : MAX_RUNNERS, running[2];
  if (runners == 0) {
    printf("running\n");
    fflush(stdout);
  }
  usleep(atoi(argv[2]));
  if (runners >= MAX_RUNNERS || pipe2(running, O_CLOEXEC)) return 0;
  if (fork() == 0) run(argv[0], argv[2], runners + 1);
  char end;
  close(running[1]);
  return read(running[0], &end, 1);
}
