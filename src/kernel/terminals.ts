import { valueOrNull } from '../model/outcome.ts';
import type { Terminal } from '../model/terminal.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseTtyDrivers, type TtyDriver, ttyName } from './parse/tty-drivers.ts';
import { splitTtyNr } from './parse/tty-nr.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/** The descriptors that usually are the terminal; the others are asked only where none of these is. */
const STANDARD_FDS = ['0', '1', '2'];

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
   * Needs: same uid or CAP_SYS_PTRACE for `dev`; otherwise it is null
   * @param prefix `` or `task/<tid>/`, where the first thread has ended
   */
  of(held: HeldProcess, ttyNr: number, prefix = ''): Terminal | null {
    if (ttyNr === 0) return null;
    const { index } = splitTtyNr(ttyNr);
    const dev = index === null ? null : this.#instance(held, ttyNr, prefix);
    return { name: this.#name(ttyNr), ttyNr, dev, index };
  }

  #instance(held: HeldProcess, ttyNr: number, prefix: string): bigint | null {
    const device = BigInt(ttyNr >>> 0);
    const instanceOf = (fd: string): bigint | null => {
      // Only a link into /dev is followed: another one may lead to a file system that hangs.
      const link = held.readlink(`${prefix}fd/${fd}`);
      if (link.kind !== 'value' || !link.value.startsWith('/dev/')) return null;
      const stat = held.stat(`${prefix}fd/${fd}`);
      return stat.kind === 'value' && stat.value.rdev === device ? stat.value.dev : null;
    };
    for (const fd of STANDARD_FDS) {
      const dev = instanceOf(fd);
      if (dev !== null) return dev;
    }
    const fds = held.list(`${prefix}fd`);
    for (const fd of fds.kind === 'value' ? fds.value : []) {
      const dev = STANDARD_FDS.includes(fd) ? null : instanceOf(fd);
      if (dev !== null) return dev;
    }
    return null;
  }

  #name(ttyNr: number): string {
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
