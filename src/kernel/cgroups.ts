import type { Mount } from '../model/mount.ts';
import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import type { Machine } from './machine.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import { type CgroupPlace, parseProcCgroup } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/** In which control groups a process is, and where the hierarchies are mounted that we can see. */
export interface Cgroups {
  readonly places: readonly CgroupPlace[];
  readonly mounts: readonly Mount[];
}

/**
 * Reads in which control groups a process is.
 *
 * Source: /proc/<pid>/cgroup, /proc/self/mountinfo
 * Needs:  nothing
 */
export function readCgroups({ procfs }: Machine, held: HeldProcess): Outcome<Cgroups> {
  const places = parseOutcome(held.read('cgroup'), parseProcCgroup);
  if (places.kind !== 'value') return places;
  const mounts = parseOutcome(procfs.read('self/mountinfo'), parseMountinfo);
  return mounts.kind === 'value' ? value({ places: places.value, mounts: mounts.value }) : mounts;
}

/** Whether a hierarchy is that of version 2, which has all controllers that no hierarchy of version 1 has. */
export function isUnified({ controllers }: CgroupPlace): boolean {
  return controllers.length === 0;
}

/**
 * The directory of one control group of a process; null where it is mounted nowhere that we can see.
 * @param controller which one, of version 1: the hierarchies of several are mounted side by side
 */
export function cgroupDirectory(place: CgroupPlace, controller: string, { mounts }: Cgroups): ByteString | null {
  const { path } = place;
  // Outside of our cgroup namespace: behind `..` the mount has something else.
  if (path.split('/').includes('..')) return null;
  for (const { fsType, superOptions, root, mountPoint } of mounts) {
    const isIts = isUnified(place)
      ? fsType === 'cgroup2'
      : fsType === 'cgroup' && superOptions.split(',').includes(controller);
    // In a container the mount shows a part of the hierarchy only.
    const top = root === '/' ? '' : root;
    if (isIts && (path === top || path.startsWith(`${top}/`))) {
      return mountPoint + path.slice(top.length).replace(/^\/$/, '');
    }
  }
  return null;
}
