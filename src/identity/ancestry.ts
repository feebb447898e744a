import type { ProcessStat } from '../model/process.ts';

/**
 * The parents of a process, nearest first, as far as they were seen.
 * Processes are read one after another, so a parent's number can meanwhile belong to a younger process: a parent
 * that started after its child is none, and the chain ends there.
 */
export function* ancestorsOf(stat: ProcessStat, stats: ReadonlyMap<number, ProcessStat>): Generator<ProcessStat> {
  let child = stat;
  // Equal start times could close a circle of reused numbers, so the walk is no longer than there are processes.
  for (let steps = 0; steps < stats.size; steps++) {
    const parent = stats.get(child.ppid);
    if (!parent || parent.startTimeTicks > child.startTimeTicks) return;
    yield parent;
    child = parent;
  }
}

/**
 * True where both have the same controlling terminal, or both have none.
 * A terminal belongs to one kernel session at a time, so two processes on `pts/0` of different sessions are on two
 * terminals (of two devpts instances).
 */
export function shareTerminal(a: ProcessStat, b: ProcessStat): boolean {
  return a.ttyNr === b.ttyNr && (a.ttyNr === 0 || a.sid === b.sid);
}
