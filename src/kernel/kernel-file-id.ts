import { valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import type { MountTable } from './mounts.ts';
import { parseInode, parseMountId } from './parse/proc-fdinfo.ts';
import type { Procfs } from './procfs.ts';

/**
 * What the kernel itself calls a file that we hold: s_dev and i_ino, as its iterators tell them. stat(2) tells the same of most
 * file systems, and numbers of their own of some (btrfs, some overlays).
 *
 * Source: /proc/self/fdinfo/<fd>, lines mnt_id and ino (since Linux 5.14); /proc/self/mountinfo
 * Needs:  nothing more than the descriptor, O_PATH will do
 * @returns null for each number that is not told
 */
export function kernelFileId(
  fd: number,
  mounts: MountTable | null,
  procfs: Procfs,
): { readonly dev: bigint | null; readonly ino: bigint | null } {
  const told = parseOutcome(procfs.read(`self/fdinfo/${fd}`), (bytes) => {
    return { dev: mounts?.deviceOf(parseMountId(bytes)) ?? null, ino: parseInode(bytes) };
  });
  return valueOrNull(told) ?? { dev: null, ino: null };
}
