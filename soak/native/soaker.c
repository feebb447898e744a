/*
 * A session of the soak: soaker TRUTH NAME hup|nohup OTHER
 *
 * It tells the socket TRUTH who it is, as it sees that itself: name, pid, start time, pane, terminal, host. The kernel
 * closes the socket when the process ends or becomes another program. What comes over it are orders of one byte.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Field 22 of its own stat. */
static unsigned long long startTimeTicks(void) {
  char text[4096];
  FILE *file = fopen("/proc/self/stat", "r");
  if (!file) exit(3);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, NULL, 10) : 0;
}

static const char *orNone(const char *text) {
  return text && *text ? text : "-";
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  signal(SIGHUP, strcmp(argv[3], "nohup") ? SIG_DFL : SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  int truth = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  if (connect(truth, (struct sockaddr *)&address, sizeof address)) return 3;
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  dprintf(truth, "%s %d %llu %s %s %s\n", argv[2], getpid(), startTimeTicks(), orNone(getenv("TMUX_PANE")),
          orNone(ttyname(0)), orNone(host));
  for (;;) {
    char order;
    ssize_t size = read(truth, &order, 1);
    /* Whoever made it is gone. */
    if (size <= 0) return 4;
    if (order == 'k') kill(getpid(), SIGKILL);
    if (order == 'x') return 0;
    if (order == 'e') execl(argv[4], argv[4], argv[1], argv[2], argv[3], argv[0], NULL);
    if (order == 'l') execl("/bin/sleep", "sleep", "infinity", NULL);
    if (order == 'e' || order == 'l') return 5;
  }
}
