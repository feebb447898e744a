/*
 * Makes an agent, called by the name of the file that it is copied to. It lives on its terminal and does what is
 * typed there, a line at a time; it ends by itself after five minutes.
 *
 *   cd DIR          works elsewhere
 *   exec FILE ARG…  becomes another program
 *   tool COMMAND    runs a command line through a shell, in its own process group
 *   job COMMAND     the same in a process group of its own, in the background
 *   undumpable      lets nobody but root look into it
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int IGNORED[] = {SIGCHLD, SIGTTIN, SIGTTOU};

static void setSignals(void (*handler)(int)) {
  for (unsigned i = 0; i < sizeof IGNORED / sizeof *IGNORED; i++) signal(IGNORED[i], handler);
}

static void become(char *line) {
  char *words[32] = {0};
  for (int i = 0; i < 31 && (words[i] = strtok(i ? NULL : line, " ")); i++) {
  }
  setSignals(SIG_DFL);
  execvp(words[0], words);
  perror(words[0]);
}

static void start(const char *command, int ownGroup) {
  if (fork() != 0) return;
  if (ownGroup) setpgid(0, 0);
  setSignals(SIG_DFL);
  execl("/bin/sh", "sh", "-c", command, NULL);
  _exit(127);
}

int main(void) {
  char line[8192];
  alarm(300);
  setSignals(SIG_IGN);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "cd ", 3) && chdir(line + 3)) perror(line);
    if (!strncmp(line, "exec ", 5)) become(line + 5);
    if (!strncmp(line, "tool ", 5)) start(line + 5, 0);
    if (!strncmp(line, "job ", 4)) start(line + 4, 1);
    if (!strcmp(line, "undumpable")) prctl(PR_SET_DUMPABLE, 0);
  }
  for (;;) pause();
}
