import type { Evidence } from '../model/evidence.ts';
import type { LockFact } from '../model/lock.ts';
import type { LockEntry } from '../model/lock-entry.ts';
import type { FileId, ProcessStat } from '../model/process.ts';
import { readLockEntries } from './locks.ts';
import type { MachineLook } from './machine-look.ts';
import type { Role } from './why-process.ts';

/** The locks on one file: who has them and who waits, and those that nobody was seen with. */
export interface LocksOn {
  readonly roles: readonly (readonly [ProcessStat, Role])[];
  readonly evidence: readonly Evidence[];
  /** Whether somebody has one who was not seen. */
  readonly hidesSomebody: boolean;
}

/**
 * Who has a lock on a file, and who waits for one.
 * @param openers processes that have the file open: on file systems whose locks name another device than stat(2)
 *   (btrfs), a lock with the file's inode number is on it where its holder is one of them
 */
export async function locksOn(look: MachineLook, id: FileId, openers: ReadonlySet<number>): Promise<LocksOn> {
  const all = await readLockEntries(look, { sessions: null, wants: () => false, options: {} });
  const own = all.filter(({ fact, parties }) => {
    const file = fact.lock.file ?? fact.behind?.lock.file;
    if (file?.ino !== id.ino) return false;
    return file.dev === id.dev || parties.some(({ stat }) => openers.has(stat.pid));
  });
  const alone = own.filter(({ fact }) => fact.seen === 'none');
  return {
    roles: own.flatMap(rolesOf),
    evidence: alone.map(({ fact }) => ({
      fact: 'a lock that nobody was seen with',
      value: describe(fact),
      source: '/proc/locks',
      check: `grep -w ${id.ino} /proc/locks`,
    })),
    hidesSomebody: alone.length > 0,
  };
}

function rolesOf({ fact, parties }: LockEntry) {
  const { lock, behind } = fact;
  const what = `a ${lock.kind} lock on it (${lock.mode})`;
  const role = behind !== null || lock.waits ? `waits for ${what}` : `has ${what}`;
  return parties.map(({ stat, fd }) => {
    const file = fd === null ? '/proc/locks' : `/proc/${stat.pid}/fdinfo/${fd}`;
    const ino = (lock.file ?? behind?.lock.file)?.ino;
    const check = fd === null ? `grep -w ${ino} ${file}` : `grep ^lock ${file}`;
    const evidence = { fact: `${stat.pid} ${role}`, value: describe(fact), source: file, check };
    return [stat, { role, evidence: [evidence] }] as const;
  });
}

/** As /proc/locks has it. */
function describe({ lock }: LockFact): string {
  return `${lock.kind} ${lock.status} ${lock.mode} ${lock.startByte} ${lock.endByte ?? 'EOF'}`;
}
