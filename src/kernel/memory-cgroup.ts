import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { Machine } from './machine.ts';
import { type Mount, parseMountinfo } from './parse/mountinfo.ts';
import { parseOomKills } from './parse/oom-kill.ts';
import { type CgroupPlace, parseProcCgroup } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/** The file that counts how often a process of one cgroup was killed for lack of memory. */
export interface OomCounter {
  readonly path: ByteString;
  readonly read: () => Outcome<bigint>;
}

/**
 * Finds the counter of the cgroup that limits a process's memory.
 *
 * Source: /proc/<pid>/cgroup, /proc/self/mountinfo; memory.oom_control (version 1), memory.events (version 2)
 * Needs:  nothing; the cgroups mounted where we are
 * @returns `unsupported` ENODEV where they are not, or the process is in none that can be seen
 */
export function findOomCounter(machine: Machine, held: HeldProcess): Outcome<OomCounter> {
  const places = parseOutcome(held.read('cgroup'), parseProcCgroup);
  if (places.kind !== 'value') return places;
  const mounts = parseOutcome(machine.procfs.read('self/mountinfo'), parseMountinfo);
  if (mounts.kind !== 'value') return mounts;
  const path = counterPath(places.value, mounts.value);
  if (path === null) return { kind: 'unsupported', errno: 'ENODEV' };
  return value({ path, read: () => parseOutcome(machine.files.read(path), parseOomKills) });
}

/** The memory controller is in one hierarchy: that of version 1 which names it, else that of version 2. */
function counterPath(places: readonly CgroupPlace[], mounts: readonly Mount[]): ByteString | null {
  const first = places.find(({ controllers }) => controllers.includes('memory'));
  const place = first ?? places.find(({ controllers }) => controllers.length === 0);
  const mount = mounts.find(({ fsType, superOptions }) => {
    return first ? fsType === 'cgroup' && superOptions.split(',').includes('memory') : fsType === 'cgroup2';
  });
  if (!place || !mount) return null;
  // In a container the mount shows a part of the hierarchy only.
  const root = mount.root === '/' ? '' : mount.root;
  if (place.path !== root && !place.path.startsWith(`${root}/`)) return null;
  const below = place.path.slice(root.length).replace(/^\/$/, '');
  if (below.split('/').includes('..')) return null;
  return `${mount.mountPoint}${below}/${first ? 'memory.oom_control' : 'memory.events'}`;
}
