const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const SIGPIPE = 13;
const SIG_DFL = null;
const STANDARD = [0, 1, 2];

/**
 * Starts another program in this process, execve(2): the same number, the same terminal. It returns only where that does
 * not work, by an error. What Node has done to the standard streams and to SIGPIPE is undone: they stay open, reading
 * waits, and nobody below inherits a signal that is ignored.
 */
export async function startProgram(file: string, words: readonly string[]): Promise<never> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const fcntl = libc.func('int fcntl(int fd, int command, ...)');
  for (const fd of STANDARD) {
    fcntl(fd, F_SETFD, 'int', 0);
    const flags: number = fcntl(fd, F_GETFL, 'int', 0);
    if (flags >= 0) fcntl(fd, F_SETFL, 'int', flags & ~O_NONBLOCK);
  }
  libc.func('void *signal(int number, void *handler)')(SIGPIPE, SIG_DFL);
  const execv = libc.func('int execv(const char *path, const char **words)');
  execv(file, [...words, null]);
  throw new Error(`cannot start ${file}: errno ${koffi.errno()}`);
}
