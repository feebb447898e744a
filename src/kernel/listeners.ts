import { ParseError } from '../model/errors.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { parseUnixListeners, type UnixListener } from './parse/net-unix.ts';
import type { HeldProcess } from './procfs.ts';

/** Where a process listens, if its descriptors may be read; and all listeners of its network namespace. */
export interface Listening {
  readonly own: Outcome<readonly ByteString[]>;
  readonly namespace: readonly ByteString[];
}

/**
 * The paths on which a held process listens, as they can be reached from here: below its own root where that is
 * another one, below its working directory where they are relative.
 *
 * Source: /proc/<pid>/fd, /proc/<pid>/net/unix
 * Needs:  same uid or CAP_SYS_PTRACE to tell which are its own; otherwise that is denied
 */
export function listeningPaths(held: HeldProcess, pid: number, isOurRoot: boolean): Outcome<Listening> {
  const listeners = parseOutcome(held.read('net/unix'), parseUnixListeners);
  if (listeners.kind !== 'value') return listeners;
  const named = listeners.value.filter(({ path }) => !path.startsWith('@'));
  const paths = (of: readonly UnixListener[]) => of.map(({ path }) => reachable(path, pid, isOurRoot));
  const fds = held.list('fd');
  if (fds.kind !== 'value') return value({ own: fds, namespace: paths(named) });
  const inodes = new Set<bigint>();
  for (const fd of fds.value) {
    const link = valueOrNull(held.readlink(`fd/${fd}`));
    const digits = link === null ? undefined : /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (digits !== undefined) inodes.add(BigInt(digits));
  }
  const own = listeners.value.filter(({ inode }) => inodes.has(inode));
  const forged = own.find(({ inode }, index) => own.slice(index + 1).some((other) => other.inode === inode));
  if (forged) return { kind: 'malformed', error: twice(forged) };
  return value({ own: value(paths(own.filter((it) => named.includes(it)))), namespace: paths(named) });
}

function twice({ inode, path }: UnixListener): ParseError {
  return new ParseError({
    source: '/proc/<pid>/net/unix',
    field: `Inode ${inode}, which stands there twice`,
    excerpt: path,
  });
}

function reachable(path: ByteString, pid: number, isOurRoot: boolean): ByteString {
  if (!path.startsWith('/')) return `/proc/${pid}/cwd/${path}`;
  return isOurRoot ? path : `/proc/${pid}/root${path}`;
}
