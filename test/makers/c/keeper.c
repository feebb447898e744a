/*
 * Makes what a shell is to a terminal, and writes down all that reaches it: keeper LOG PROGRAM ARG…
 *
 * It runs the program as a job in the foreground. When the job ends or stops, it takes the foreground back, as a shell
 * does, and reads single keys into LOG.PID.START.in. SIGUSR2 brings the job back: a stopped one goes on, in the mode
 * that its terminal had; one that has ended is started anew.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t isWanted = 1;

static void onUsr2(int signal) {
  (void)signal;
  isWanted = 1;
}

static int openLog(const char *log) {
  char text[4096], path[4096];
  int fd = open("/proc/self/stat", O_RDONLY);
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = 0;
  char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  snprintf(path, sizeof path, "%s.%d.%llu.in", log, getpid(), at ? strtoull(at + 1, NULL, 10) : 0);
  return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static pid_t startJob(char **program) {
  pid_t pid = fork();
  pid_t group = pid ? pid : getpid();
  setpgid(group, group);
  tcsetpgrp(0, group);
  if (pid) return pid;
  for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execv(program[0], program);
  perror(program[0]);
  _exit(127);
}

/** Reads what is typed until the job is wanted again. */
static int keepPrompt(int log, const sigset_t *open) {
  char bytes[65536];
  while (!isWanted) {
    struct pollfd ready = {.fd = 0, .events = POLLIN};
    if (ppoll(&ready, 1, NULL, open) < 0) continue;
    ssize_t size = read(0, bytes, sizeof bytes);
    if (size <= 0) return 0;
    if (write(log, bytes, size) != size) return 0;
  }
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  alarm(900);
  umask(0);
  int log = openLog(argv[1]);
  if (log < 0) return 1;
  /* Started by another shell it would lie in that one's group. */
  setpgid(0, 0);
  signal(SIGTTOU, SIG_IGN);
  signal(SIGTTIN, SIG_IGN);
  signal(SIGTSTP, SIG_IGN);
  sigset_t blocked, open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_BLOCK, &blocked, &open);
  sigdelset(&open, SIGUSR2);
  signal(SIGUSR2, onUsr2);
  struct termios own, before, jobs;
  tcgetattr(0, &before);
  own = jobs = before;
  cfmakeraw(&own);
  own.c_oflag |= OPOST;
  pid_t job = 0;
  for (;;) {
    if (job) {
      tcsetattr(0, TCSANOW, &jobs);
      tcsetpgrp(0, job);
      kill(-job, SIGCONT);
    } else {
      tcsetattr(0, TCSANOW, &before);
      job = startJob(argv + 2);
    }
    isWanted = 0;
    int status;
    while (waitpid(job, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
    tcsetpgrp(0, getpgrp());
    tcgetattr(0, &jobs);
    tcsetattr(0, TCSANOW, &own);
    if (!WIFSTOPPED(status)) job = 0;
    if (!keepPrompt(log, &open)) return 0;
  }
}
