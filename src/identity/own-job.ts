import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf } from './ancestry.ts';
import { isLauncherStat } from './launcher-programs.ts';

/**
 * The processes that run only because somebody asked plumb: plumb, what launched it, and the rest of its pipeline.
 * An agent that asks plumb from its tool shell shares plumb's process group and must still see itself, so the whole
 * group is left out only where its leader is plumb or a launcher of plumb.
 */
export function ownJob(selfPid: number, stats: ReadonlyMap<number, ProcessStat>): ReadonlySet<number> {
  const own = new Set([selfPid]);
  const self = stats.get(selfPid);
  if (!self) return own;
  for (const ancestor of ancestorsOf(self, stats)) {
    if (ancestor.pgid !== self.pgid || !isLauncherStat(ancestor)) break;
    own.add(ancestor.pid);
  }
  if (own.has(self.pgid)) {
    for (const stat of stats.values()) {
      if (stat.pgid === self.pgid) own.add(stat.pid);
    }
  }
  return own;
}
