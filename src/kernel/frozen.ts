import { type Outcome, value } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { type Cgroups, cgroupDirectory, isUnified, readCgroups } from './cgroups.ts';
import type { Machine } from './machine.ts';
import { parseFrozenEvent } from './parse/cgroup-events.ts';
import { parseFreezerState } from './parse/freezer-state.ts';
import type { CgroupPlace } from './parse/proc-cgroup.ts';
import type { HeldProcess } from './procfs.ts';

/**
 * Whether a process is in a frozen control group, of either version. Its state does not tell: version 1 leaves it in D,
 * version 2 in S.
 *
 * Source: /proc/<pid>/cgroup; freezer.state and cgroup.events, where /proc/self/mountinfo says
 * Needs:  nothing; the hierarchies mounted where we can see them, otherwise `unsupported` (ENODEV)
 */
export function readFrozen(machine: Machine, held: HeldProcess): Outcome<boolean> {
  const cgroups = readCgroups(machine, held);
  // A kernel without control groups freezes none.
  if (cgroups.kind === 'gone' && held.read('cgroup').kind === 'gone' && held.read('stat').kind === 'value') {
    return value(false);
  }
  if (cgroups.kind !== 'value') return cgroups;
  for (const place of cgroups.value.places) {
    const file = freezerOf(place, cgroups.value);
    if (file === null) continue;
    if (file === 'unseen') return { kind: 'unsupported', errno: 'ENODEV' };
    const frozen = parseOutcome(machine.files.read(file.path), file.parse);
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
function freezerOf(place: CgroupPlace, cgroups: Cgroups): FreezerFile | 'unseen' | null {
  const isSecond = isUnified(place);
  if (place.path === '/' || !(isSecond || place.controllers.includes('freezer'))) return null;
  const directory = cgroupDirectory(place, 'freezer', cgroups);
  if (directory === null) return 'unseen';
  return isSecond
    ? { path: `${directory}/cgroup.events`, parse: parseFrozenEvent }
    : { path: `${directory}/freezer.state`, parse: parseFreezerState };
}
