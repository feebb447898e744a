const F_SETFD = 2;
const STANDARD = [0, 1, 2];

/**
 * Starts another program in this process, execve(2): the same number, the same terminal. It returns only where that does
 * not work, by an error. Node has marked the standard streams to be closed with all others; they stay.
 */
export async function startProgram(file: string, words: readonly string[]): Promise<never> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const fcntl = libc.func('int fcntl(int fd, int command, ...)');
  for (const fd of STANDARD) fcntl(fd, F_SETFD, 'int', 0);
  const execv = libc.func('int execv(const char *path, const char **words)');
  execv(file, [...words, null]);
  throw new Error(`cannot start ${file}: errno ${koffi.errno()}`);
}
