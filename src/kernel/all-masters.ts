import { valueOrNull } from '../model/outcome.ts';
import { isEnding, PF, type ProcessStat } from '../model/process.ts';
import type { MasterHolder } from '../model/terminal-entry.ts';
import { toText } from '../model/text.ts';
import type { CoverageLog } from './coverage.ts';
import { heldMasters, withoutHeirs } from './held-masters.ts';
import { readHeldStat } from './process-stat.ts';
import { type Procfs, withProcess } from './procfs.ts';

/** A pseudo-terminal whose master somebody holds. */
export interface HeldPseudoTerminal {
  readonly index: number;
  readonly dev: bigint;
  readonly holders: readonly MasterHolder[];
}

/**
 * Every pseudo-terminal whose master is held by a process, of whatever devpts instance: those that no program is on, too.
 *
 * Source: /proc/<pid>/fd/<fd>; fdinfo/<fd>, line tty-index, since Linux 4.12; root/dev; stat
 * Needs:  same uid or CAP_SYS_PTRACE; who may not be looked into is noted
 */
export function allMasters(
  procfs: Procfs,
  stats: ReadonlyMap<number, ProcessStat>,
  log: CoverageLog,
): HeldPseudoTerminal[] {
  const found = new Map<string, { index: number; dev: bigint; holders: MasterHolder[] }>();
  for (const known of stats.values()) {
    if ((known.flags & PF.KTHREAD) !== 0 || isEnding(known)) continue;
    const held = withProcess(procfs, known.pid, (it) => {
      const masters = heldMasters(it);
      if (masters.kind !== 'value' || masters.value.size === 0) return masters;
      const stat = valueOrNull(readHeldStat(it));
      if (stat === null) return { kind: 'gone', errno: 'ESRCH' };
      const holder = { pid: stat.pid, startTimeTicks: stat.startTimeTicks, name: toText(stat.comm) };
      for (const [index, ones] of masters.value) {
        const devs = new Set(ones.flatMap(({ dev }) => (dev === null ? [] : [dev])));
        if (devs.size === 0) log.addPid('terminal_unplaced', known.pid);
        for (const dev of devs) {
          const key = `${dev}:${index}`;
          const same = found.get(key);
          if (same) same.holders.push(holder);
          else found.set(key, { index, dev, holders: [holder] });
        }
      }
      return masters;
    });
    if (held.kind === 'denied') log.addPid('fd_denied', known.pid);
    else if (held.kind === 'malformed') log.addDamage(held.error, known.pid);
  }
  return [...found.values()];
}

/** Who has opened it; null where several are left that have it not from each other. */
export function soleHolder(
  holders: readonly MasterHolder[],
  stats: ReadonlyMap<number, ProcessStat>,
): MasterHolder | null {
  const [only = null, ...others] = withoutHeirs(holders, (pid) => stats.get(pid)?.ppid ?? 0);
  return others.length === 0 ? only : null;
}
