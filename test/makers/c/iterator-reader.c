/*
 * Reads an iterator again and again, and judges every row of the processes that it knows.
 *   iterator-reader <pin> binary|text whole|pieces|turns|leaving <seconds> < lines of "pid inode"
 * whole: one after the other; pieces: in reads of odd sizes; turns: four that are open at once, a read of each in turn;
 * leaving: every second is closed before its end. Prints what it has seen as JSON.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIDS = 1 << 22, OPEN = 4, ROW = 248, SOUND = 1 };

static uint64_t *known;    /* by pid, the inode of its working directory */
static long *last_seen;    /* by pid, the reading that had it, twice; and one more where it was sound */
static long known_count;
/* without: rows of known processes that had no directory at that moment; twice: a second sound row in one reading */
static struct { long readings, rows, pairs, mixed, unsound, without, twice, missing, uncounted, again; } seen;

struct reading {
  int fd;
  size_t length, size;
  unsigned char *bytes;
};

static uint32_t u32(const unsigned char *at) { uint32_t it; memcpy(&it, at, 4); return it; }
static uint64_t u64(const unsigned char *at) { uint64_t it; memcpy(&it, at, 8); return it; }

static void fail(const char *what) {
  fprintf(stderr, "iterator-reader: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long judge_row(uint32_t pid, uint32_t verdict, uint64_t inode) {
  seen.rows++;
  if (pid >= PIDS || known[pid] == 0) return 0;
  long is_sound = verdict & SOUND, now = 2 * (seen.readings + 1), is_first = last_seen[pid] < now;
  if (!is_first && is_sound && last_seen[pid] == now + 1) seen.twice++;
  if (is_first || is_sound) last_seen[pid] = now + is_sound;
  seen.pairs++;
  if (!is_sound) seen.unsound++;
  else if (inode == 0) seen.without++;
  else if (inode != known[pid]) seen.mixed++;
  return is_first;
}

static void judge_end(long rows, long found, int is_counted, uint64_t counted) {
  seen.readings++;
  if (!is_counted) seen.uncounted++;
  else if (counted != (uint64_t)rows) fail("the count is wrong");
  seen.missing += known_count - found;
}

static void judge_binary(const unsigned char *at, const unsigned char *end) {
  long rows = 0, found = 0;
  for (at += 48; at + 24 <= end && u32(at) == 1; rows++) {
    const unsigned char *levels = at + ROW, *tail = levels;
    while (u32(tail + 8) != 0xffffffff) tail += 16;
    found += judge_row(u32(at + 24), u32(tail + 4), tail == levels ? 0 : u64(levels));
    at = tail + 16;
  }
  if (at + 24 != end || u32(at) != 2) fail("no sentinel");
  judge_end(rows, found, u32(at + 4), u64(at + 8));
}

/* The begin of a column of a line. */
static const char *column(const char *line, int number) {
  while (number-- > 0) line = strchr(line, '\t') + 1;
  return line;
}

static void judge_text(char *line, char *end) {
  long rows = 0, found = 0;
  *end = 0;
  for (; line < end && *line != '2'; line = strchr(line, '\n') + 1) {
    if (*line != '1') continue;
    char inode[17] = "";
    const char *verdict = column(line, 35), *cwd = column(verdict, 2);
    if (*cwd != '\n') memcpy(inode, cwd + 8, 16);
    found += judge_row(atoi(column(line, 2)), atoi(verdict), strtoull(inode, NULL, 16));
    rows++;
  }
  if (line == end || strchr(line, '\n') + 1 != end) fail("no end, or something behind it");
  judge_end(rows, found, line[2] != '\t', strtoull(line + 2, NULL, 10));
}

static void begin(struct reading *it, const char *pin) {
  it->length = 0;
  it->fd = open(pin, O_RDONLY);
  if (it->fd == -1) fail(pin);
}

/* @returns whether there may be more */
static int read_on(struct reading *it, size_t most) {
  if (it->size < it->length + most + 1) it->bytes = realloc(it->bytes, it->size = 2 * (it->length + most + 1));
  ssize_t got = read(it->fd, it->bytes + it->length, most);
  if (got == -1 && errno == EAGAIN) return ++seen.again, 1;
  if (got == -1) fail("read");
  it->length += got;
  return got > 0;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const char *pin = argv[1], *mode = argv[3];
  int is_text = !strcmp(argv[2], "text"), open_at_once = !strcmp(mode, "turns") ? OPEN : 1;
  known = calloc(PIDS, sizeof *known);
  last_seen = calloc(PIDS, sizeof *last_seen);
  unsigned pid;
  unsigned long inode;
  while (scanf("%u %lu", &pid, &inode) == 2) known[pid] = inode, known_count++;
  struct reading readings[OPEN] = {0};
  for (double end = now() + atof(argv[4]); now() < end;) {
    int is_left = !strcmp(mode, "leaving") && rand() % 2;
    for (int i = 0; i < open_at_once; i++) begin(&readings[i], pin);
    for (int open = (1 << open_at_once) - 1, i = 0; open; i = (i + 1) % open_at_once) {
      size_t most = !strcmp(mode, "pieces") ? 1 + rand() % 5000 : 65536;
      if ((open & (1 << i)) && !read_on(&readings[i], most)) open &= ~(1 << i);
      if (is_left && readings[i].length > 0) break;
    }
    for (int i = 0; i < open_at_once; i++) {
      close(readings[i].fd);
      char *bytes = (char *)readings[i].bytes;
      if (is_left) continue;
      if (is_text) judge_text(bytes, bytes + readings[i].length);
      else judge_binary(readings[i].bytes, readings[i].bytes + readings[i].length);
    }
  }
  printf("{\"readings\":%ld,\"rows\":%ld,\"pairs\":%ld,\"mixed\":%ld,\"unsound\":%ld,\"without\":%ld,\"twice\":%ld,"
         "\"missing\":%ld,\"uncounted\":%ld,\"again\":%ld}\n", seen.readings, seen.rows, seen.pairs, seen.mixed,
         seen.unsound, seen.without, seen.twice, seen.missing, seen.uncounted, seen.again);
  return 0;
}
