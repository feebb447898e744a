import { type Outcome, value } from '../model/outcome.ts';
import type { Machine } from './machine.ts';
import type { FileStat } from './procfs.ts';

/**
 * The working directory of a process and its parents, up to the root of a mount that was unmounted under it. What that
 * mount's file system is can no longer be looked up, and it may be one that does not answer any more: a child asks.
 *
 * Source: stat(2) of /proc/<pid>/cwd and of its parents
 * Needs:  same uid or CAP_SYS_PTRACE
 * @returns `gone` where the process does not work on that mount any more
 */
export async function askCwdOn(
  { procfs, askRemote }: Machine,
  pid: number,
  mountId: number,
): Promise<Outcome<readonly FileStat[]>> {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return opened;
  const held = opened.value;
  try {
    const directory = held.hold('cwd');
    if (directory.kind !== 'value') return directory;
    const own = directory.value.mountId();
    directory.value.close();
    if (own.kind !== 'value') return own;
    if (own.value !== mountId) return { kind: 'gone', errno: 'ENOENT' };
    const [answer] = await askRemote([{ fd: held.fd, path: 'cwd', source: `/proc/${pid}/cwd`, want: 'chain' }]);
    if (answer === undefined) return { kind: 'gone', errno: 'ENOENT' };
    return answer.kind === 'value' ? value(answer.value.chain) : answer;
  } finally {
    held.close();
  }
}
