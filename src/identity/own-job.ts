import type { ProcessStat } from '../model/process.ts';
import { ancestorsOf } from './ancestry.ts';
import { isLauncherStat, KNOWN_SHELLS } from './launcher-programs.ts';

/**
 * The processes that run only because somebody asked plumb: plumb, what launched it, and the rest of its pipeline.
 * An agent that asks plumb from its tool shell shares plumb's process group and must still see itself, and so must one
 * that a script started before it asked. So the whole group is left out only where it is a job typed at a shell: the
 * topmost of those that launched plumb is no shell, and its parent is outside of the group.
 *
 * @param named commands are named, and none of them is plumb's: then only plumb itself is left out
 */
export function ownJob(selfPid: number, stats: ReadonlyMap<number, ProcessStat>, named = false): ReadonlySet<number> {
  const own = new Set([selfPid]);
  const self = stats.get(selfPid);
  if (!self || named) return own;
  let top = self;
  for (const ancestor of ancestorsOf(self, stats)) {
    if (ancestor.pgid !== self.pgid) {
      if (!KNOWN_SHELLS.has(top.comm)) addGroup(own, self.pgid, stats);
      return own;
    }
    if (!isLauncherStat(ancestor)) return own;
    own.add(ancestor.pid);
    top = ancestor;
  }
  return own;
}

function addGroup(own: Set<number>, pgid: number, stats: ReadonlyMap<number, ProcessStat>): void {
  for (const stat of stats.values()) {
    if (stat.pgid === pgid) own.add(stat.pid);
  }
}
