import { valueOrNull } from '../model/outcome.ts';
import type { ProcessStat } from '../model/process.ts';
import { CoverageLog } from './coverage.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import { readStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';
import { Terminals } from './terminals.ts';

/** A pseudo-terminal, by what is needed to know it again. */
interface PseudoTerminal {
  readonly index: number;
  /** Null where its holder may not be looked into: then its session leader tells it. */
  readonly dev: bigint | null;
  readonly leader: number | null;
}

/** Which processes are in front of terminals, in one look. */
export class Foregrounds {
  readonly #procfs: Procfs;
  readonly #terminals: Terminals;
  /** Those in the foreground group of their terminals. */
  readonly #inFront: readonly ProcessStat[];

  /**
   * Source: /proc/<pid>/stat fields 5, 7 and 8
   * Needs:  nothing; under hidepid the processes' own user
   */
  constructor(procfs: Procfs, pids: readonly number[]) {
    this.#procfs = procfs;
    this.#terminals = new Terminals(procfs, new CoverageLog());
    this.#inFront = pids.flatMap((pid) => {
      const stat = valueOrNull(readStat(procfs, pid));
      return stat !== null && stat.ttyNr !== 0 && stat.tpgid > 0 && stat.tpgid === stat.pgid ? [stat] : [];
    });
  }

  /** The first process of a terminal's foreground group that may be looked into; null where none is seen. */
  of({ index, dev, leader }: PseudoTerminal): ProcessStat | null {
    const group = this.#inFront.filter(({ ttyNr }) => splitTtyNr(ttyNr).index === index);
    const byRank = group.sort((a, b) => Number(b.pid === b.pgid) - Number(a.pid === a.pgid) || a.pid - b.pid);
    if (dev === null) return byRank.find(({ sid }) => sid === leader) ?? null;
    return byRank.find(({ pid, ttyNr }) => this.#isOn(pid, ttyNr, dev)) ?? null;
  }

  /** Host and container both have a pts/0. */
  #isOn(pid: number, ttyNr: number, dev: bigint): boolean {
    const found = withProcess(this.#procfs, pid, (held) => {
      return { kind: 'value', value: this.#terminals.of(held, ttyNr).terminal?.dev === dev } as const;
    });
    return valueOrNull(found) ?? false;
  }
}
