/*
 * Makes file locks: `locks STEP…` does one step after the other.
 *
 *   open:PATH              opens a file for reading and writing, and makes it: number 0, 1, …
 *   read:PATH              the same for reading
 *   flock:N:ex|sh          locks number N with flock(2), and waits for it
 *   posix:N:w|r:START:LEN  the same with fcntl(2); LEN 0 is to the end of the file, however far that moves
 *   ofd:N:w|r:START:LEN    the same for the open file
 *   lease:N:w|r            takes a lease
 *   break:PATH             opens a file for writing, which waits for who has a lease of it
 *   unlink:PATH            removes a name
 *   await:PATH             waits until there is a file of this name
 *   make:PATH              makes an empty file
 *   fork                   goes on in a child, while the parent waits for its end
 *   leave                  goes on in a child, while the parent ends
 *   setsid                 leaves the terminal
 *   thread                 goes on in a further thread, while the first one waits for a signal
 *   alone                  the same in a thread with descriptors of its own
 *   leaderless             the same, while the first one ends
 *   churn:N                locks and unlocks number N with flock(2) again and again
 *   pause                  waits for a signal
 *
 * It prints `PID ready` before the last step.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int files[64], opened;
static char **steps;
static int count;

static void keep(int fd, const char *path) {
  if (fd < 0) err(1, "%s", path);
  files[opened++] = fd;
}

static void range(const char *rest, int command) {
  int number;
  char mode;
  long long start, length;
  if (sscanf(rest, "%d:%c:%lld:%lld", &number, &mode, &start, &length) != 4) errx(2, "%s", rest);
  struct flock lock = {.l_type = mode == 'w' ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  if (fcntl(files[number], command, &lock) != 0) err(1, "fcntl %s", rest);
}

static void *run(void *from);

static void in_child(int stays, long step) {
  pid_t child = fork();
  if (child < 0) err(1, "fork");
  if (child > 0) {
    if (stays) waitpid(child, NULL, 0);
    _exit(0);
  }
  run((void *)(step + 1));
  _exit(0);
}

static void *run_alone(void *from) {
  if (unshare(CLONE_FILES) != 0) err(1, "unshare");
  return run(from);
}

static void *run(void *from) {
  for (long step = (long)from; step < count; step++) {
    char *word = strdup(steps[step]), *rest = strchr(word, ':');
    if (rest) *rest++ = 0;
    if (step == count - 1) printf("%d ready\n", getpid()), fflush(stdout);
    if (!strcmp(word, "open")) keep(open(rest, O_RDWR | O_CREAT, 0644), rest);
    else if (!strcmp(word, "read")) keep(open(rest, O_RDONLY), rest);
    else if (!strcmp(word, "break")) keep(open(rest, O_WRONLY), rest);
    else if (!strcmp(word, "flock")) {
      if (flock(files[atoi(rest)], strstr(rest, "ex") ? LOCK_EX : LOCK_SH) != 0) err(1, "flock");
    } else if (!strcmp(word, "posix")) range(rest, F_SETLKW);
    else if (!strcmp(word, "ofd")) range(rest, F_OFD_SETLKW);
    else if (!strcmp(word, "lease")) {
      if (fcntl(files[atoi(rest)], F_SETLEASE, strchr(rest, 'w') ? F_WRLCK : F_RDLCK) != 0) err(1, "lease");
      signal(SIGIO, SIG_IGN);
    } else if (!strcmp(word, "unlink")) unlink(rest);
    else if (!strcmp(word, "await")) while (access(rest, F_OK) != 0) usleep(2000);
    else if (!strcmp(word, "make")) close(open(rest, O_WRONLY | O_CREAT, 0644));
    else if (!strcmp(word, "fork")) in_child(1, step);
    else if (!strcmp(word, "leave")) in_child(0, step);
    else if (!strcmp(word, "setsid")) setsid();
    else if (!strcmp(word, "churn")) for (int fd = files[atoi(rest)];; usleep(50)) flock(fd, LOCK_EX), usleep(50), flock(fd, LOCK_UN);
    else if (!strcmp(word, "thread") || !strcmp(word, "alone") || !strcmp(word, "leaderless")) {
      pthread_t thread;
      if (pthread_create(&thread, NULL, !strcmp(word, "alone") ? run_alone : run, (void *)(step + 1)) != 0) errx(1, "thread");
      if (!strcmp(word, "leaderless")) syscall(SYS_exit, 0);
      for (;;) pause();
    } else if (!strcmp(word, "pause")) for (;;) pause();
    else errx(2, "no such step: %s", word);
  }
  return NULL;
}

int main(int words, char **arguments) {
  steps = arguments + 1;
  count = words - 1;
  run(0);
  return 0;
}
