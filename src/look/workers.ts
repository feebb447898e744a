import type { MountTree } from '../kernel/mount-tree.ts';
import { withProcess } from '../kernel/procfs.ts';
import type { MountNamespace } from '../model/mount.ts';
import { type Outcome, value, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { MachineLook } from './machine-look.ts';

/** A process, and where it works. */
export interface Worker {
  readonly pid: number;
  /** Its working directory as the link says; null where that is too long to be told. */
  readonly path: ByteString | null;
  /** The mount that this directory lies on. */
  readonly mountId: number;
}

/** A mount namespace of a look, with what is looked up in it. */
export interface SeenNamespace {
  readonly namespace: MountNamespace;
  readonly tree: MountTree;
  /** Empty where there are no homes. */
  readonly workers: readonly Worker[];
}

/**
 * The processes of a namespace that can have to do with a home, which are on a terminal or count to a session, and where
 * they work. Asks no file system. Those that may not be looked into are in the coverage of the look already.
 *
 * Source: /proc/<pid>/cwd, and mnt_id of its fdinfo, since Linux 3.15
 * Needs:  same uid or CAP_SYS_PTRACE
 */
export function workersIn(look: MachineLook, { pids }: MountNamespace): Worker[] {
  const { machine, stats } = look;
  if (!machine.isLive) return [];
  const workers: Worker[] = [];
  for (const pid of pids) {
    const stat = stats.get(pid);
    if (stat === undefined || (stat.ttyNr === 0 && look.tagOf(stat) === null)) continue;
    const worker = withProcess(machine.procfs, pid, (held): Outcome<Worker> => {
      const file = held.hold('cwd');
      if (file.kind !== 'value') return file;
      try {
        const mountId = file.value.mountId();
        return mountId.kind === 'value'
          ? value({ pid, path: valueOrNull(held.readlink('cwd')), mountId: mountId.value })
          : mountId;
      } finally {
        file.value.close();
      }
    });
    const found = valueOrNull(worker);
    if (found) workers.push(found);
  }
  return workers;
}
