import { type Outcome, value } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import type { Machine } from './machine.ts';
import { parseFrozenEvent } from './parse/cgroup-events.ts';
import { parseFreezerState } from './parse/freezer-state.ts';
import { type Mount, parseMountinfo } from './parse/mountinfo.ts';
import { type CgroupPlace, parseProcCgroup } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/**
 * Whether a process is in a frozen control group, of either version. Its state does not tell: version 1 leaves it in D,
 * version 2 in S.
 *
 * Source: /proc/<pid>/cgroup; freezer.state and cgroup.events, where /proc/self/mountinfo says
 * Needs:  nothing; the hierarchies mounted where we can see them, otherwise `unsupported` (ENODEV)
 */
export function readFrozen({ procfs, files }: Machine, held: HeldProcess): Outcome<boolean> {
  const places = parseOutcome(held.read('cgroup'), parseProcCgroup);
  // A kernel without control groups freezes none.
  if (places.kind === 'gone' && held.read('stat').kind === 'value') return value(false);
  if (places.kind !== 'value') return places;
  const mounts = parseOutcome(procfs.read('self/mountinfo'), parseMountinfo);
  if (mounts.kind !== 'value') return mounts;
  for (const place of places.value) {
    const file = freezerOf(place, mounts.value);
    if (file === null) continue;
    if (file === 'unseen') return { kind: 'unsupported', errno: 'ENODEV' };
    const frozen = parseOutcome(files.read(file.path), file.parse);
    if (frozen.kind !== 'value') return frozen;
    if (frozen.value) return frozen;
  }
  return value(false);
}

interface FreezerFile {
  readonly path: string;
  readonly parse: (bytes: Uint8Array) => boolean;
}

/** The file that tells; null in a hierarchy that freezes nothing, and in the root, which cannot be frozen. */
function freezerOf({ controllers, path }: CgroupPlace, mounts: readonly Mount[]): FreezerFile | 'unseen' | null {
  const isSecond = controllers.length === 0;
  if (path === '/' || !(isSecond || controllers.includes('freezer'))) return null;
  const isItsMount = ({ fsType, superOptions }: Mount) =>
    isSecond ? fsType === 'cgroup2' : fsType === 'cgroup' && superOptions.split(',').includes('freezer');
  for (const mount of mounts.filter(isItsMount)) {
    const root = mount.root === '/' ? '' : mount.root;
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const directory = mount.mountPoint + path.slice(root.length);
    return isSecond
      ? { path: `${directory}/cgroup.events`, parse: parseFrozenEvent }
      : { path: `${directory}/freezer.state`, parse: parseFreezerState };
  }
  return 'unseen';
}
