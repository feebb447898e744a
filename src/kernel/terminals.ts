import { valueOrNull } from '../model/outcome.ts';
import type { Terminal, TerminalTimes } from '../model/terminal.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseTtyDrivers, type TtyDriver, ttyName } from './parse/tty-drivers.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import type { HeldProcess, Procfs } from './procfs.ts';
import { findTerminalDescriptor } from './terminal-descriptor.ts';

/** A process's controlling terminal, and when it was used. */
export interface SeenTerminal {
  readonly terminal: Terminal | null;
  /** Null without a terminal, and where no descriptor of the process on it could be seen. */
  readonly times: TerminalTimes | null;
}

/** Names terminals and finds the devpts instance that they belong to. */
export class Terminals {
  readonly #procfs: Procfs;
  readonly #log: CoverageLog;
  #drivers: readonly TtyDriver[] | null = null;

  constructor(procfs: Procfs, log: CoverageLog) {
    this.#procfs = procfs;
    this.#log = log;
  }

  /**
   * The controlling terminal of a held process.
   * The number alone is not enough: host and container both have a pts/0. The device of a descriptor that is open on
   * it tells them apart.
   *
   * Needs: same uid or CAP_SYS_PTRACE for `dev` and the times; otherwise they are null
   * @param prefix `` or `task/<tid>/`, where the first thread has ended
   */
  of(held: HeldProcess, ttyNr: number, prefix = ''): SeenTerminal {
    if (ttyNr === 0) return { terminal: null, times: null };
    const { index } = splitTtyNr(ttyNr);
    const stat = valueOrNull(findTerminalDescriptor(held, ttyNr, prefix))?.stat;
    const dev = index === null ? null : (stat?.dev ?? null);
    const times = stat?.used ? { lastInputAt: stat.used.readAt, lastOutputAt: stat.used.writtenAt } : null;
    return { terminal: { name: this.nameOf(ttyNr), ttyNr, dev, index }, times };
  }

  /** The name that goes with a number: `pts/3`, `tty1`, `ttyS0`. */
  nameOf(ttyNr: number): string {
    const { major, minor, index } = splitTtyNr(ttyNr);
    if (index !== null) return `pts/${index}`;
    this.#drivers ??= this.#readDrivers();
    const driver = this.#drivers.find((it) => it.major === major && it.firstMinor <= minor && minor <= it.lastMinor);
    return driver ? ttyName(driver, minor) : `${major}:${minor}`;
  }

  #readDrivers(): readonly TtyDriver[] {
    const drivers = parseOutcome(this.#procfs.read('tty/drivers'), parseTtyDrivers);
    if (drivers.kind === 'malformed') this.#log.addDamage(drivers.error, null);
    return valueOrNull(drivers) ?? [];
  }
}
