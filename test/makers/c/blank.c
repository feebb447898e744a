/* Makes a process that shows nothing of itself: it writes NULs over its arguments, and calls itself what it is told. */
#include <string.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  alarm(300);
  char name[16] = "";
  if (argc > 1) strncpy(name, argv[1], sizeof name - 1);
  for (int at = 0; at < argc; at++) memset(argv[at], 0, strlen(argv[at]));
  prctl(PR_SET_NAME, name);
  printf("{\"pid\":%d}\n", getpid());
  fflush(stdout);
  for (;;) pause();
}
