import { type Outcome, value } from '../model/outcome.ts';
import { isEnding, type ProcessStat } from '../model/process.ts';
import { readStat } from './process-stat.ts';
import type { Procfs } from './procfs.ts';
import { readSight } from './sight.ts';

/** Whose child every process is, as one look at all of them has found it. */
export interface Lineage {
  /** The living processes that descend from one. A child that was given up by its parent (a daemon) is none any more. */
  descendantsOf(ancestor: number): readonly ProcessStat[];
}

/**
 * Looks at all processes once, for however many whose descendants are asked for.
 *
 * Source: /proc, /proc/<pid>/stat
 * Needs:  nothing; under hidepid another user's children may be there unseen, and the answer is `denied`
 */
export function readLineage(procfs: Procfs): Outcome<Lineage> {
  const { hiding, mayReadOthers } = readSight(procfs);
  if (hiding.some((option) => option.startsWith('hidepid=')) && mayReadOthers !== true) {
    return { kind: 'denied', errno: 'EACCES' };
  }
  const listing = procfs.list();
  if (listing.kind !== 'value') return listing;
  const byParent = new Map<number, ProcessStat[]>();
  for (const pid of listing.value.pids) {
    const stat = readStat(procfs, pid);
    if (stat.kind === 'gone') continue;
    if (stat.kind !== 'value') return stat;
    const siblings = byParent.get(stat.value.ppid);
    if (siblings) siblings.push(stat.value);
    else byParent.set(stat.value.ppid, [stat.value]);
  }
  return value({ descendantsOf: (ancestor) => descendantsIn(byParent, ancestor) });
}

function descendantsIn(byParent: ReadonlyMap<number, readonly ProcessStat[]>, ancestor: number): ProcessStat[] {
  const below: ProcessStat[] = [];
  const seen = new Set([ancestor]);
  for (const parent of seen) {
    for (const child of byParent.get(parent) ?? []) {
      // Parents are read one after the other: a number that has come round must not lead in a circle.
      if (seen.has(child.pid)) continue;
      seen.add(child.pid);
      if (!isEnding(child)) below.push(child);
    }
  }
  return below;
}
