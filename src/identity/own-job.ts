import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf } from './ancestry.ts';
import { isLauncherStat, KNOWN_SHELLS } from './launcher-programs.ts';

/**
 * The processes that run only because somebody asked plumb: plumb, what launched it, and the rest of its pipeline.
 * An agent that asks plumb from its tool shell shares plumb's process group and must still see itself, and so must one
 * that a script started before it asked. So the whole group is left out only where its leader is plumb, or a launcher
 * of plumb that is no shell.
 *
 * @param named commands are named, and none of them is plumb's: then only plumb itself is left out
 */
export function ownJob(selfPid: number, stats: ReadonlyMap<number, ProcessStat>, named = false): ReadonlySet<number> {
  const own = new Set([selfPid]);
  const self = stats.get(selfPid);
  if (!self || named) return own;
  for (const ancestor of ancestorsOf(self, stats)) {
    if (ancestor.pgid !== self.pgid || !isLauncherStat(ancestor)) break;
    own.add(ancestor.pid);
  }
  const leader = stats.get(self.pgid);
  if (own.has(self.pgid) && leader && !KNOWN_SHELLS.has(leader.comm)) {
    for (const stat of stats.values()) {
      if (stat.pgid === self.pgid) own.add(stat.pid);
    }
  }
  return own;
}
