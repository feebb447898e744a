import type { Lock, LockFact, LockParty, PartiesSeen } from '../model/lock.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { lockKey } from './lock-table.ts';
import { type LockWait, lockWaits } from './lock-waits.ts';
import { parseInode } from './parse/proc-fdinfo.ts';
import { readHeldStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';

/** What is known beside the table. */
interface Known {
  readonly openers: ReadonlyMap<ByteString, ReadonlySet<number>>;
  /** What stood in the table afterwards. */
  readonly after: ReadonlySet<string>;
  readonly isComplete: boolean;
}

type Waiting = LockParty & { readonly path: ByteString | null };

/** Who waits behind each lock. */
export class WaiterBook {
  readonly #procfs: Procfs;
  readonly #known: Known;

  constructor(procfs: Procfs, known: Known) {
    this.#procfs = procfs;
    this.#known = known;
  }

  /** @param waiting in the order of the table: each stands behind the nearest one above that is less far in */
  behind(head: LockFact, waiting: readonly Lock[]): LockFact[] {
    const chain: LockFact[] = [head];
    const nameless = waiting.filter(isNameless);
    const guesses = nameless.length === 0 ? [] : this.#waitersOfOpenFile(head);
    return waiting.map((lock) => {
      while (chain.length > 1 && (chain.at(-1)?.lock.depth ?? 0) >= lock.depth) chain.pop();
      const behind = chain.at(-1) ?? head;
      const parties = isNameless(lock) ? guesses : this.#named(lock, head);
      const seen = isNameless(lock)
        ? this.#howWell(nameless.length, parties.length)
        : parties.length > 0
          ? 'all'
          : 'none';
      const path = parties.find((it) => it.path !== null)?.path ?? head.path;
      const isSteady = this.#known.after.has(lockKey(lock));
      const fact = { lock, behind, parties: seen === 'none' ? [] : parties, seen, path, isSteady };
      chain.push(fact);
      return fact;
    });
  }

  #howWell(waiting: number, seen: number): PartiesSeen {
    if (seen === 0) return 'none';
    if (waiting > 1 || seen > 1) return 'alike';
    return 'all';
  }

  /** The process that the table names, and the descriptor that one of its threads waits at. */
  #named(lock: Lock, head: LockFact): Waiting[] {
    if (lock.pid === null) return [];
    const waiting = withProcess<Waiting>(this.#procfs, lock.pid, (held) => {
      const stat = readHeldStat(held);
      if (stat.kind !== 'value') return stat;
      const waits = (valueOrNull(lockWaits(held)) ?? []).filter(({ kind }) => kind === lock.kind);
      const own = waits.length === 1 ? waits[0] : waits.find(({ path }) => path !== null && path === head.path);
      return { kind: 'value', value: { stat: stat.value, fd: own?.fd ?? null, path: own?.path ?? null } };
    });
    return waiting.kind === 'value' ? [waiting.value] : [];
  }

  /** The table names nobody: whoever has the file open and sleeps in the call that waits for such a lock on it. */
  #waitersOfOpenFile({ path, lock }: LockFact): Waiting[] {
    const pids = path === null ? [] : [...(this.#known.openers.get(path) ?? [])];
    return pids.flatMap((pid) => {
      const waiting = withProcess<Waiting[]>(this.#procfs, pid, (held) => {
        const stat = readHeldStat(held);
        if (stat.kind !== 'value') return stat;
        const isOnFile = (wait: LockWait) => {
          const ino = valueOrNull(parseOutcome(held.read(`fdinfo/${wait.fd}`), parseInode));
          return wait.kind === 'OFDLCK' && wait.path === path && (ino === null || ino === lock.file?.ino);
        };
        const waits = (valueOrNull(lockWaits(held)) ?? []).filter(isOnFile);
        return { kind: 'value', value: waits.map(({ fd }) => ({ stat: stat.value, fd, path })) };
      });
      return valueOrNull(waiting) ?? [];
    });
  }
}

function isNameless({ kind }: Lock): boolean {
  return kind === 'OFDLCK';
}
