import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { isUnified } from './cgroups.ts';
import { type CgroupPlace, parseProcCgroup } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/** The path of the control group that tells a process from others, among those of all hierarchies; null at the root. */
export function tellingPath(places: readonly CgroupPlace[]): ByteString | null {
  return mostTelling(places)[0]?.path ?? null;
}

/**
 * The control groups of a process below the roots, the one that tells it from others first, each as a line of the file
 * without its number, `memory:/a` or `:/a`: a path is one only within its hierarchy, and two hierarchies can have
 * groups of one name with other processes in them.
 *
 * Source: /proc/<pid>/cgroup
 * Needs:  nothing
 */
export function cgroupLines(held: HeldProcess): Outcome<readonly ByteString[]> {
  const places = parseOutcome(held.read('cgroup'), parseProcCgroup);
  return places.kind === 'value' ? value(mostTelling(places.value).map(lineOf)) : places;
}

function lineOf({ controllers, path }: CgroupPlace): ByteString {
  return `${controllers.join(',')}:${path}`;
}

/** Of version 2, of systemd's hierarchy, then the others as they come. */
function mostTelling(places: readonly CgroupPlace[]): CgroupPlace[] {
  const rank = (it: CgroupPlace) => (isUnified(it) ? 0 : it.controllers.includes('name=systemd') ? 1 : 2);
  return places.filter(({ path }) => path !== '/').sort((one, other) => rank(one) - rank(other));
}
