import type { Mount } from '../model/mount.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { cgroupDirectory } from './cgroups.ts';
import type { Files } from './files.ts';
import type { Machine } from './machine.ts';
import { parseMountinfo } from './parse/mountinfo.ts';

/** Groups in groups are followed so far down; deeper ones are hardly anybody's. */
const MOST_LEVELS = 32;

/**
 * The processes in a control group and in those below it: a few reads, where asking every process takes one each.
 *
 * Source: cgroup.procs of the group's directory and of those below it; /proc/self/mountinfo
 * Needs:  nothing where the hierarchy is mounted
 * @param line as `cgroupLines` gives it
 * @returns null where the group cannot be read here, and in a recorded scene, which has no control groups
 */
export function cgroupMembers(machine: Machine, line: ByteString): ReadonlySet<number> | null {
  if (!machine.isLive) return null;
  const mounts = valueOrNull(parseOutcome(machine.procfs.read('self/mountinfo'), parseMountinfo));
  const directory = mounts && directoryOf(line, mounts);
  const members = new Set<number>();
  return directory !== null && addMembers(machine.files, directory, members, 0) ? members : null;
}

function directoryOf(line: ByteString, mounts: readonly Mount[]): ByteString | null {
  const end = line.indexOf(':');
  const named = line.slice(0, end);
  const controllers = named === '' ? [] : named.split(',');
  const place = { controllers, path: line.slice(end + 1) };
  return cgroupDirectory(place, controllers[0] ?? '', { places: [place], mounts });
}

function addMembers(files: Files, directory: ByteString, members: Set<number>, level: number): boolean {
  const procs = valueOrNull(files.read(`${directory}/cgroup.procs`));
  const names = valueOrNull(files.list(directory));
  if (procs === null || names === null || level > MOST_LEVELS) return false;
  for (const pid of Buffer.from(procs).toString('latin1').split('\n')) if (pid !== '') members.add(Number(pid));
  return names.every((name) => {
    const below = `${directory}/${name}`;
    const isGroup = valueOrNull(files.stat(below))?.isDirectory === true;
    return !isGroup || addMembers(files, below, members, level + 1);
  });
}
