// The floor: a C program that makes the system calls of plumbline's scan, and nothing else of note.
//   floor <homes directory> <command> <passes>
// Prints one line: the milliseconds of each pass, then the processes listed and the sessions found.
//
// It asks what src/kernel/ asks, by the same paths, in the same order, and takes the list again while processes are
// born, like the scan. That the calls agree was checked with strace: `npm run bench -- --calls` counts both and prints
// the difference; only the preamble (a dozen calls a scan, whatever the size) is left out here.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KTHREAD 0x200000
#define FORKNOEXEC 0x40
#define MAX_ROUNDS 64
#define PATIENCE_MS 200
#define LISTING_TRIES 10

typedef struct { uint64_t dev, ino; } FileId;
typedef struct { int tty, pgid; unsigned flags; char comm[16]; } Stat;

static char buffer[16384];
static FileId *homes;
static size_t home_count;
static int *pids;
static size_t pid_count;
static int pid_max;
static unsigned char *seen, *inspected;
static Stat *stats;

static ssize_t read_file(const char *path, int to_the_end) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return -1;
  ssize_t length = read(fd, buffer, sizeof buffer - 1);
  if (to_the_end && length > 0 && read(fd, buffer + length, sizeof buffer - 1 - length) < 0) length = -1;
  close(fd);
  if (length >= 0) buffer[length] = 0;
  return length;
}

static int look_at(const char *path, int flags, struct statx *into) {
  return statx(AT_FDCWD, path, flags, STATX_ALL, into);
}

static FileId id_of(const struct statx *it) {
  return (FileId){((uint64_t)it->stx_dev_major << 32) | it->stx_dev_minor, it->stx_ino};
}

static int compare_ids(const void *a, const void *b) { return memcmp(a, b, sizeof(FileId)); }

static void find_homes(const char *directory) {
  struct dirent *entry;
  char path[8192];
  size_t room = 0;
  home_count = 0;
  DIR *listing = opendir(directory);
  if (!listing) return;
  while ((entry = readdir(listing))) {
    if (entry->d_name[0] == '.') continue;
    if (home_count == room) homes = realloc(homes, (room = room * 2 + 64) * sizeof *homes);
    struct statx it;
    snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    if (look_at(path, 0, &it) == 0 && S_ISDIR(it.stx_mode)) homes[home_count++] = id_of(&it);
  }
  closedir(listing);
  qsort(homes, home_count, sizeof *homes, compare_ids);
}

static long forks(void) {
  if (read_file("/proc/stat", 1) < 0) return -1;
  char *line = strstr(buffer, "\nprocesses ");
  return line ? atol(line + 11) : -1;
}

static long list_once(void) {
  static char others[512][256];
  static size_t room;
  size_t other_count = 0;
  struct dirent *entry;
  struct statx it;
  char path[300];
  DIR *proc = opendir("/proc");
  pid_count = 0;
  while ((entry = readdir(proc))) {
    if (isdigit((unsigned char)entry->d_name[0])) {
      if (pid_count == room) pids = realloc(pids, (room = room * 2 + 1024) * sizeof *pids);
      pids[pid_count++] = atoi(entry->d_name);
    } else if (entry->d_name[0] != '.' && other_count < 512) {
      strcpy(others[other_count++], entry->d_name);
    }
  }
  closedir(proc);
  look_at("/proc", 0, &it);
  long missing = (long)it.stx_nlink - 2 - (long)pid_count;
  for (size_t i = 0; i < other_count; i++) {
    snprintf(path, sizeof path, "/proc/%s", others[i]);
    if (look_at(path, AT_SYMLINK_NOFOLLOW, &it) == 0 && S_ISDIR(it.stx_mode)) missing--;
  }
  return missing;
}

static int parse_stat(const char *text, Stat *into) {
  const char *open = strchr(text, '('), *close = strrchr(text, ')');
  if (!open || !close) return 0;
  size_t length = close - open - 1;
  memcpy(into->comm, open + 1, length < 15 ? length : 15);
  into->comm[length < 15 ? length : 15] = 0;
  return sscanf(close + 2, "%*c %*d %d %*d %d %*d %u", &into->pgid, &into->tty, &into->flags) == 3;
}

static int is_worth_reading(const Stat *stat, const char *command) {
  static const char *interpreters[] = {"MainThread", "node", "bun", "deno", "python", "ruby", "perl"};
  if (strcmp(stat->comm, command) == 0) return 1;
  for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++)
    if (strncmp(stat->comm, interpreters[i], strlen(interpreters[i])) == 0) return 1;
  return 0;
}

#include "floor-inspect.h"

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

// Reads everybody who is new, or was a fork; the result is how many had gone before they could be read.
static int read_newcomers(int *saw_fork) {
  int vanished = 0;
  char path[64];
  for (size_t i = 0; i < pid_count; i++) {
    int pid = pids[i];
    if (seen[pid] && !(stats[pid].flags & FORKNOEXEC)) continue;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    inspected[pid] = 0;
    seen[pid] = read_file(path, 0) > 0 && parse_stat(buffer, &stats[pid]);
    if (!seen[pid]) vanished++;
    else if (stats[pid].flags & FORKNOEXEC) *saw_fork = 1;
  }
  return vanished;
}

static int scan(const char *directory, const char *command) {
  int sessions = 0;
  memset(seen, 0, pid_max);
  memset(inspected, 0, pid_max);
  find_homes(directory);
  double deadline = now_ms() + PATIENCE_MS;
  long before = forks();
  for (int round = 1; round <= MAX_ROUNDS; round++) {
    int saw_fork = 0;
    for (int tries = 0; tries < LISTING_TRIES && list_once() != 0; tries++) continue;
    int vanished = read_newcomers(&saw_fork);
    for (int pid = 1; pid < pid_max; pid++) {
      if (!seen[pid] || inspected[pid] || (stats[pid].flags & KTHREAD)) continue;
      if (stats[pid].tty == 0 && !is_worth_reading(&stats[pid], command)) continue;
      inspected[pid] = 1;
      sessions += inspect(pid, command);
    }
    long after = forks();
    if (after == before && (vanished == 0 || !saw_fork)) break;
    if (round > 1 && vanished == 0) break;
    if (round > 2 && now_ms() > deadline) break;
    before = after;
  }
  return sessions;
}

int main(int argc, char **argv) {
  if (argc != 4 || read_file("/proc/sys/kernel/pid_max", 0) <= 0) return 2;
  pid_max = atoi(buffer) + 1;
  seen = malloc(pid_max);
  inspected = malloc(pid_max);
  stats = malloc(pid_max * sizeof *stats);
  int sessions = 0;
  for (int pass = atoi(argv[3]); pass > 0; pass--) {
    double start = now_ms();
    sessions = scan(argv[1], argv[2]);
    printf("%.3f ", now_ms() - start);
  }
  printf("%zu %d\n", pid_count, sessions);
  return 0;
}
