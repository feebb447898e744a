import { valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import { type HeldProcess, type Procfs, withProcess } from './procfs.ts';

/**
 * Whether a path means the same file to a process as to us: it has our mount namespace and our root directory.
 * Of a process that may not be looked into (screen is set-group-ID) the mount table tells it: the id of a mount is given
 * once on the whole machine.
 *
 * Source: /proc/<pid>/ns/mnt, root; /proc/<pid>/mountinfo field 1
 * Needs:  same uid or CAP_SYS_PTRACE to tell a chroot by its directory; for the mount table nothing
 */
export function isOurRoot(procfs: Procfs, held: HeldProcess): boolean {
  const namespace = held.readlink('ns/mnt');
  const root = held.stat('root');
  const ours = withProcess(procfs, procfs.selfPid, (own) => own.stat('root'));
  if (namespace.kind === 'value' && root.kind === 'value' && ours.kind === 'value') {
    if (namespace.value !== valueOrNull(procfs.readlink('self/ns/mnt'))) return false;
    return root.value.dev === ours.value.dev && root.value.ino === ours.value.ino;
  }
  const theirs = rootMount(held);
  return theirs !== null && theirs === valueOrNull(withProcess(procfs, procfs.selfPid, ownRootMount));
}

function ownRootMount(own: HeldProcess) {
  const id = rootMount(own);
  return id === null ? ({ kind: 'gone', errno: 'ENOENT' } as const) : ({ kind: 'value', value: id } as const);
}

/** The mount that is its root; a chroot into a directory that is no mount has none. */
function rootMount(held: HeldProcess): number | null {
  const mounts = valueOrNull(parseOutcome(held.read('mountinfo'), parseMountinfo)) ?? [];
  return mounts.findLast(({ mountPoint }) => mountPoint === '/')?.id ?? null;
}
