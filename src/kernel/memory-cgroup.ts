import { type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { type Cgroups, cgroupDirectory, isUnified, readCgroups } from './cgroups.ts';
import type { Machine } from './machine.ts';
import { parseOomKills } from './parse/oom-kill.ts';
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
  const cgroups = readCgroups(machine, held);
  if (cgroups.kind !== 'value') return cgroups;
  const path = counterPath(cgroups.value);
  if (path === null) return { kind: 'unsupported', errno: 'ENODEV' };
  return value({ path, read: () => parseOutcome(machine.files.read(path), parseOomKills) });
}

/** The memory controller is in one hierarchy: that of version 1 which names it, else that of version 2. */
function counterPath(cgroups: Cgroups): ByteString | null {
  const first = cgroups.places.find(({ controllers }) => controllers.includes('memory'));
  const place = first ?? cgroups.places.find(isUnified);
  const directory = place ? cgroupDirectory(place, 'memory', cgroups) : null;
  return directory && `${directory}/${first ? 'memory.oom_control' : 'memory.events'}`;
}
