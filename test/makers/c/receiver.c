/*
 * Makes a program that writes down all that reaches it, called by the name of the file that it is copied to:
 *
 *   receiver LOG [cooked | deaf]
 *
 * Bytes that it reads from its terminal go to LOG.PID.START.in as they are, and a byte for each SIGUSR1 to
 * LOG.PID.START.usr1, so that what two incarnations have got is never mixed. It reads single keys, unless `cooked`
 * leaves the terminal in line mode; `deaf` reads nothing. A line `exec FILE ARG…` becomes another program in place.
 * It ends by itself after fifteen minutes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int usr1;

static void onUsr1(int signal) {
  (void)signal;
  if (write(usr1, "1", 1) != 1) _exit(3);
}

static unsigned long long startTicks(void) {
  char text[4096];
  int fd = open("/proc/self/stat", O_RDONLY);
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  text[size > 0 ? size : 0] = 0;
  char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, NULL, 10) : 0;
}

static int openLog(const char *log, const char *end) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%d.%llu.%s", log, getpid(), startTicks(), end);
  return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void become(char *line) {
  char *words[32] = {0};
  for (int i = 0; i < 31 && (words[i] = strtok(i ? NULL : line, " ")); i++) {
  }
  execvp(words[0], words);
  perror(words[0]);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int isCooked = 0, isDeaf = 0;
  for (int i = 2; i < argc; i++) {
    if (!strcmp(argv[i], "cooked")) isCooked = 1;
    if (!strcmp(argv[i], "deaf")) isDeaf = 1;
  }
  alarm(900);
  umask(0);
  int in = openLog(argv[1], "in");
  usr1 = openLog(argv[1], "usr1");
  if (in < 0 || usr1 < 0) return 1;
  struct sigaction action = {.sa_handler = onUsr1, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  struct termios mode;
  if (!isCooked && tcgetattr(0, &mode) == 0) {
    cfmakeraw(&mode);
    mode.c_oflag |= OPOST;
    tcsetattr(0, TCSANOW, &mode);
  }
  printf("ready> ");
  fflush(stdout);
  if (isDeaf) for (;;) pause();
  char bytes[65536], line[8192];
  size_t length = 0;
  for (;;) {
    ssize_t size = read(0, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return 0;
    if (write(in, bytes, size) != size) return 1;
    for (ssize_t i = 0; i < size; i++) {
      if (bytes[i] == '\r' || bytes[i] == '\n') {
        line[length] = 0;
        length = 0;
        if (!strncmp(line, "exec ", 5)) become(line + 5);
      } else if (length < sizeof line - 1) {
        line[length++] = bytes[i];
      }
    }
  }
}
