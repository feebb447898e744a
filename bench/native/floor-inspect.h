// One session's calls, as src/kernel/inspect.ts makes them: everything through the held directory, stat first and last.

static char *base_name(char *path) {
  char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static ssize_t read_link(const char *base, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", base, name);
  ssize_t length = readlink(path, buffer, 4096);
  buffer[length > 0 ? length : 0] = 0;
  return length;
}

static int stat_below(const char *base, const char *name, struct statx *into) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", base, name);
  return look_at(path, 0, into);
}

static void find_terminal(const char *base) {
  static const char *standard[] = {"fd/0", "fd/1", "fd/2"};
  struct statx it;
  for (int i = 0; i < 3; i++) {
    if (read_link(base, standard[i]) <= 0 || strncmp(buffer, "/dev/", 5) != 0) continue;
    if (stat_below(base, standard[i], &it) == 0) return;
  }
}

// Holds what a link leads to, and asks its fdinfo on which mount it lies before the file itself is asked.
static int hold(const char *base, const char *name, struct statx *into) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", base, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_PATH);
  if (fd == -1) return -1;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  if (read_file(path, 0) <= 0 || strstr(buffer, "mnt_id:") == NULL) return -1;
  statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, into);
  return fd;
}

static int is_in_a_home(const char *base) {
  char path[4096];
  FileId last = {0, 0};
  struct statx it;
  int fd = hold(base, "cwd", &it);
  if (fd == -1) return 0;
  int found = 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  for (int repeats = 0; strlen(path) < sizeof path - 4;) {
    FileId id = id_of(&it);
    found = bsearch(&id, homes, home_count, sizeof id, compare_ids) != NULL;
    repeats = compare_ids(&id, &last) == 0 ? repeats + 1 : 0;
    if (found || repeats == 2) break;
    last = id;
    strcat(path, "/..");
    if (look_at(path, 0, &it) != 0) break;
  }
  close(fd);
  return found;
}

static int is_session(int pid, const char *base, const char *command) {
  char path[128];
  ssize_t exe = read_link(base, "exe");
  int matches = strcmp(stats[pid].comm, command) == 0 || (exe > 0 && strcmp(base_name(buffer), command) == 0);
  snprintf(path, sizeof path, "%s/cmdline", base);
  ssize_t length = read_file(path, 1);
  matches |= length > 0 && strcmp(base_name(buffer), command) == 0;
  if (!matches || read_link(base, "ns/mnt") <= 0) return 0;
  if (stats[pid].tty != 0) find_terminal(base);
  if (read_link(base, "cwd") <= 0) return 0;
  return is_in_a_home(base) && stats[pid].tty != 0;
}

static int inspect(int pid, const char *command) {
  char held[64], base[64], path[128];
  snprintf(held, sizeof held, "/proc/%d", pid);
  int fd = open(held, O_RDONLY | O_CLOEXEC | O_PATH | O_DIRECTORY);
  if (fd == -1) return 0;
  snprintf(base, sizeof base, "/proc/self/fd/%d", fd);
  snprintf(path, sizeof path, "%s/stat", base);
  int found = 0;
  Stat again;
  if (read_file(path, 0) > 0 && parse_stat(buffer, &stats[pid])) {
    found = is_session(pid, base, command);
    if (read_file(path, 0) <= 0 || !parse_stat(buffer, &again)) found = 0;
  }
  close(fd);
  // A group without its leader: kill(2) tells whether the leader is hidden or gone.
  if (!seen[stats[pid].pgid]) kill(stats[pid].pgid, 0);
  return found;
}
