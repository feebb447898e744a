import type { LockFact, LockParty, PartiesSeen } from '../model/lock.ts';
import { value, valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { HeldLockFact } from './lock-holders.ts';
import { lockWaits } from './lock-waits.ts';
import { readHeldStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';

/** A process with a thread that sleeps until it gets a lock, and the file as the link of its descriptor names it. */
export interface Sleeper extends LockParty {
  readonly path: ByteString | null;
}

/** Who waits behind one lock for one of an open file. */
export interface OfdWaiters {
  readonly parties: readonly Sleeper[];
  readonly seen: PartiesSeen;
}

/** A lock behind which somebody waits whom the table does not name, and who that can be. */
interface Guess {
  readonly held: HeldLockFact;
  readonly many: number;
  candidates: readonly Sleeper[];
}

/**
 * Who waits for locks of open files: the table names nobody, so it is whoever has the file open and sleeps in the call
 * that waits for such a lock on it. Of several locks of one file that are waited for, each sleeper is given to the one that
 * it has to be: nobody waits for a lock of the same open file, and a lock with as many sleepers left as wait for it has
 * them all.
 *
 * Source: /proc/<pid>/task/<tid>/syscall, fd, fdinfo
 * Needs:  the right to trace each process
 * @param openers who has a file of each name open
 */
export function findOfdWaiters(
  procfs: Procfs,
  locks: readonly HeldLockFact[],
  openers: ReadonlyMap<ByteString, ReadonlySet<number>>,
): Map<LockFact, OfdWaiters> {
  const found = new Map<LockFact, OfdWaiters>();
  for (const onFile of byFile(locks)) {
    const sleepers = sleepersOn(procfs, onFile, openers);
    const guesses = onFile.map((held): Guess => {
      return { held, many: namelessBehind(held), candidates: sleepers.filter((it) => !isOwn(held, it)) };
    });
    const many = guesses.reduce((sum, it) => sum + it.many, 0);
    const isWhole = guesses.length === 1 || many === sleepers.length;
    if (isWhole) shareOut(guesses);
    for (const it of guesses) found.set(it.held.fact, told(it, isWhole));
  }
  return found;
}

/** Whether the table names nobody who waits for such a lock. */
export function isNameless({ kind }: LockFact['lock']): boolean {
  return kind === 'OFDLCK';
}

function namelessBehind({ waiting }: HeldLockFact): number {
  return waiting.filter(isNameless).length;
}

function byFile(locks: readonly HeldLockFact[]): HeldLockFact[][] {
  const files = new Map<string, HeldLockFact[]>();
  for (const held of locks) {
    if (namelessBehind(held) === 0) continue;
    const { file } = held.fact.lock;
    const key = `${file?.dev}:${file?.ino}`;
    files.set(key, [...(files.get(key) ?? []), held]);
  }
  return [...files.values()];
}

function sleepersOn(
  procfs: Procfs,
  onFile: readonly HeldLockFact[],
  openers: ReadonlyMap<ByteString, ReadonlySet<number>>,
): Sleeper[] {
  const paths = new Set(onFile.map(({ fact }) => fact.path));
  const ino = onFile[0]?.fact.lock.file?.ino;
  const pids = new Set([...paths].flatMap((path) => (path === null ? [] : [...(openers.get(path) ?? [])])));
  return [...pids].flatMap((pid) => {
    const found = withProcess(procfs, pid, (held) => {
      const stat = readHeldStat(held);
      if (stat.kind !== 'value') return stat;
      const waits = (valueOrNull(lockWaits(held)) ?? []).filter(({ kind, path, inode }) => {
        return kind === 'OFDLCK' && paths.has(path) && (inode === null || inode === ino);
      });
      return value(waits.map(({ fd, path }): Sleeper => ({ stat: stat.value, fd, path })));
    });
    return valueOrNull(found) ?? [];
  });
}

function isOwn({ descriptors, fact }: HeldLockFact, { stat, fd }: Sleeper): boolean {
  return isNameless(fact.lock) && descriptors.some((it) => it.stat.pid === stat.pid && it.fd === fd);
}

/** Who has to wait for one lock does not wait for another. */
function shareOut(guesses: readonly Guess[]): void {
  const settled = new Set<Guess>();
  for (;;) {
    const next = guesses.find((it) => !settled.has(it) && it.candidates.length === it.many);
    if (next === undefined) return;
    settled.add(next);
    for (const it of guesses) {
      if (it !== next) it.candidates = it.candidates.filter((sleeper) => !next.candidates.includes(sleeper));
    }
  }
}

function told({ many, candidates }: Guess, isWhole: boolean): OfdWaiters {
  // Where more wait than were seen, it is not known which of them were.
  if (candidates.length < many) return { parties: [], seen: 'none' };
  if (!isWhole || candidates.length > many) return { parties: candidates, seen: 'among' };
  return { parties: candidates, seen: many === 1 ? 'all' : 'alike' };
}
