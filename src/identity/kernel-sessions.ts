import type { ProcessStat } from '../model/process.ts';
import type { Population } from './population.ts';

/**
 * The process that made the kernel session (setsid(2)) of another one, while it lives; null where it has ended or is that
 * process itself. A kernel session has its first process's number, which is no other's for as long as anybody is in it,
 * so whoever is in it descends from that process.
 *
 * Where it has ended nothing tells who it was. A parent outside of the kernel session need not be above it: a process
 * that has left it after a fork has a child in it, and the first process of a container is given orphans of whoever has
 * come in from outside.
 */
export function makerOf(stat: ProcessStat, { stats, isMeant }: Population): ProcessStat | null {
  const { sid, pid, startTimeTicks } = stat;
  if (sid <= 0 || sid === pid) return null;
  const leader = stats.get(sid);
  if (leader?.sid !== sid || leader.startTimeTicks > startTimeTicks) return null;
  return isMeant(leader, stat) ? leader : null;
}
