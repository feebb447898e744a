// The floor of the iterator: reads a pin again and again, and decodes every row as src/kernel/bpf/ does, and nothing else.
//   iterator <pin> <passes> <bytes a read>
// Prints one line: the milliseconds of each pass, then the rows and the levels of the last, and a sum of what was decoded.
//
// The layout is bpf/record.h's; reads have the size that plumbline's have, so that both make the same system calls.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER 0x504c4d42
#define HEADER_BYTES 48
#define ROW 1
#define ROW_BYTES 248
#define LEVEL_BYTES 16
#define TAIL_DEV 0xffffffff
#define SENTINEL 2
#define SENTINEL_BYTES 24

static unsigned char *bytes;
static size_t length, size;

static uint32_t u32(size_t at) {
  uint32_t it;
  memcpy(&it, bytes + at, sizeof it);
  return it;
}

static uint64_t u64(size_t at) {
  uint64_t it;
  memcpy(&it, bytes + at, sizeof it);
  return it;
}

static void give_up(const char *what) {
  fprintf(stderr, "iterator: %s\n", what);
  exit(1);
}

static void read_whole(const char *pin, size_t most) {
  int fd = open(pin, O_RDONLY | O_CLOEXEC);
  if (fd == -1) give_up("open");
  length = 0;
  for (ssize_t got = 1; got > 0 || (got == -1 && errno == EAGAIN);) {
    if (size < length + most) bytes = realloc(bytes, size = 2 * (length + most));
    got = read(fd, bytes + length, most);
    if (got > 0) length += (size_t)got;
    else if (got == -1 && errno != EAGAIN) give_up("read");
  }
  close(fd);
}

static struct { size_t rows, levels; uint64_t sum; } decoded;

// What a scan needs of a row: its number and time of birth, its state, its terminal, its program, and its directories.
static size_t decode_row(size_t at) {
  size_t level = at + ROW_BYTES;
  decoded.sum += u64(at + 8) + u32(at + 24) + u32(at + 44) + u32(at + 52) + u32(at + 60) + u64(at + 80) + u64(at + 88);
  for (; u32(level + 8) != TAIL_DEV; level += LEVEL_BYTES) {
    decoded.sum += u64(level) + u32(level + 8);
    decoded.levels++;
  }
  decoded.rows++;
  return level + LEVEL_BYTES;
}

static void decode(void) {
  size_t at = HEADER_BYTES;
  memset(&decoded, 0, sizeof decoded);
  if (length < HEADER_BYTES + SENTINEL_BYTES || u32(0) != HEADER) give_up("no header");
  while (at + SENTINEL_BYTES < length && u32(at) == ROW) at = decode_row(at);
  if (at + SENTINEL_BYTES != length || u32(at) != SENTINEL) give_up("no sentinel");
  if (!u32(at + 4) || u64(at + 8) != decoded.rows) give_up("the count is another");
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  size_t most = strtoul(argv[3], NULL, 10);
  for (int pass = 0; pass < atoi(argv[2]); pass++) {
    double start = now();
    read_whole(argv[1], most);
    decode();
    printf("%.3f ", now() - start);
  }
  printf("%zu %zu %llu\n", decoded.rows, decoded.levels, (unsigned long long)decoded.sum);
  return 0;
}
