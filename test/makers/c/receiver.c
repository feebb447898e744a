/*
 * Makes a program that writes down all that reaches it, called by the name of the file that it is copied to:
 *
 *   receiver LOG [cooked] [deaf] [stays]
 *
 * Bytes that it reads from its terminal go to LOG.PID.START.in as they are, and a byte for each SIGUSR1 to
 * LOG.PID.START.usr1, so that what two incarnations have got is never mixed. They are read straight into the file's
 * pages: what the kernel has handed over is written down, even if it kills the reader in the same moment. A log ends
 * with NUL bytes, which nobody types. Once there is a log of signals, the terminal is in its mode.
 * It reads single keys, unless `cooked` leaves the terminal in line mode; `deaf` reads nothing; `stays` outlives its
 * terminal. A line `exec FILE ARG…` becomes another program in place, and so does SIGUSR2, which takes the words from
 * $RECEIVER_BECOMES. SIGRTMIN works in $RECEIVER_AWAY, SIGRTMIN+1 where it was started. $RECEIVER_CHILD is started
 * beside it, away from the terminal's input. It ends by itself after fifteen minutes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { PIECE = 65536, ROOM = 8192 };

static int usr1, start, in;
static char *log_, *becomes[32];
static size_t size, used;

static void onUsr1(int signal) {
  (void)signal;
  if (write(usr1, "1", 1) != 1) _exit(3);
}

static void onUsr2(int signal) {
  (void)signal;
  if (becomes[0]) execv(becomes[0], becomes);
}

static void onMove(int signal) {
  const char *away = getenv("RECEIVER_AWAY");
  if (signal == SIGRTMIN ? !away || chdir(away) : fchdir(start)) _exit(4);
}

static void on(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(signal, &action, NULL);
}

static unsigned long long startTicks(void) {
  char text[4096];
  int fd = open("/proc/self/stat", O_RDONLY);
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = 0;
  char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, NULL, 10) : 0;
}

static int openLog(const char *log, const char *end) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%d.%llu.%s", log, getpid(), startTicks(), end);
  return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/** Makes room for one more read: the file is as long as its pages are mapped. */
static int makeRoom(void) {
  if (log_ && size - used >= ROOM) return 1;
  size_t wanted = size + PIECE;
  if (ftruncate(in, wanted)) return 0;
  void *at = log_ ? mremap(log_, size, wanted, MREMAP_MAYMOVE) : mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, in, 0);
  if (at == MAP_FAILED) return 0;
  log_ = at;
  size = wanted;
  return 1;
}

/** A log that an earlier program of the same process has begun goes on. */
static int openInput(const char *log) {
  in = openLog(log, "in");
  struct stat stat;
  if (in < 0 || fstat(in, &stat)) return 0;
  size = stat.st_size;
  if (!makeRoom()) return 0;
  for (used = size; used > 0 && !log_[used - 1]; used--) {
  }
  return makeRoom();
}

static void split(char *line, char **words) {
  for (int i = 0; i < 31 && (words[i] = strtok(i ? NULL : line, " ")); i++) {
  }
}

static void become(char *line) {
  char *words[32] = {0};
  split(line, words);
  execvp(words[0], words);
  perror(words[0]);
}

static void startChild(const char *line) {
  pid_t parent = getpid();
  if (fork()) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0) _exit(126);
  close(nothing);
  unsetenv("RECEIVER_CHILD");
  become(strdup(line));
  _exit(127);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int isCooked = 0, isDeaf = 0, stays = 0;
  for (int i = 2; i < argc; i++) {
    if (!strcmp(argv[i], "cooked")) isCooked = 1;
    if (!strcmp(argv[i], "deaf")) isDeaf = 1;
    if (!strcmp(argv[i], "stays")) stays = 1;
  }
  alarm(900);
  umask(0);
  start = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!openInput(argv[1])) return 1;
  if (getenv("RECEIVER_BECOMES")) split(strdup(getenv("RECEIVER_BECOMES")), becomes);
  if (getenv("RECEIVER_CHILD")) startChild(getenv("RECEIVER_CHILD"));
  struct termios mode;
  if (!isCooked && tcgetattr(0, &mode) == 0) {
    cfmakeraw(&mode);
    mode.c_oflag |= OPOST;
    tcsetattr(0, TCSANOW, &mode);
  }
  usr1 = openLog(argv[1], "usr1");
  if (usr1 < 0) return 1;
  on(SIGUSR1, onUsr1);
  on(SIGUSR2, onUsr2);
  on(SIGRTMIN, onMove);
  on(SIGRTMIN + 1, onMove);
  if (stays) signal(SIGHUP, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  printf("ready> ");
  fflush(stdout);
  if (isDeaf) for (;;) pause();
  char line[8192];
  size_t length = 0;
  while (makeRoom()) {
    ssize_t got = read(0, log_ + used, size - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 && stays) for (;;) pause();
    if (got <= 0) return 0;
    for (char *at = log_ + used, *end = at + got; at < end; at++) {
      if (*at == '\r' || *at == '\n') {
        line[length] = 0;
        length = 0;
        if (!strncmp(line, "exec ", 5)) become(line + 5);
      } else if (length < sizeof line - 1) {
        line[length++] = *at;
      }
    }
    used += got;
  }
  return 1;
}
