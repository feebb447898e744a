// Makes processes with file locks, and keeps them until its standard input is closed.
//   lockers <processes> <files each> <directory>
// Each has one lock of its own: in turn by flock(2), by fcntl(2), and of an open file by fcntl(2).
// Every child asks the kernel to be killed when this process dies, so nothing is left behind, however it ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

static int open_file(const char *directory, int number) {
  char path[4096];
  snprintf(path, sizeof path, "%s/f%05d", directory, number);
  int fd = open(path, O_RDWR | O_CREAT, 0644);
  if (fd == -1) perror(path), _exit(1);
  return fd;
}

static void lock(int fd, int number) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int failed = number % 3 == 0 ? flock(fd, LOCK_EX) : fcntl(fd, number % 3 == 1 ? F_SETLK : F_OFD_SETLK, &whole);
  if (failed) perror("lock"), _exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int processes = atoi(argv[1]), files = atoi(argv[2]), ready[2];
  char byte;
  if (pipe2(ready, O_CLOEXEC) == -1) return 1;
  for (int number = 0; number < processes; number++) {
    pid_t child = fork();
    if (child == -1) return 1;
    if (child != 0) continue;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) _exit(1);
    close(ready[0]);
    for (int file = 1; file < files; file++) open_file(argv[3], processes + file);
    lock(open_file(argv[3], number), number);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    close(ready[1]);
    for (;;) pause();
  }
  close(ready[1]);
  for (int started = 0; started < processes; started++)
    if (read(ready[0], &byte, 1) != 1) return 1;
  puts("ready");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  return 0;
}
