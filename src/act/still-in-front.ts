import { readHeldStat, readStat } from '../kernel/process-stat.ts';
import type { HeldProcess, Procfs } from '../kernel/procfs.ts';
import { readProgramImage } from '../kernel/program-image.ts';
import { describeMissing } from '../model/outcome.ts';

/** Parents further up than this are not followed. */
const MOST_PARENTS = 64;

/**
 * After Enter was read: why it may have been another program that has read it. The process may have become one (exec),
 * or one above it, a shell after Ctrl-Z, may have come to the front; what the process has read meanwhile says nothing
 * then. One in front that it has started itself is its own doing.
 *
 * @param image the program as it was when it was verified
 * @returns null where it was the session
 */
export function whyNotItself(held: HeldProcess, procfs: Procfs, image: string): string | null {
  const now = readProgramImage(held);
  if (now.kind !== 'value') return `what it runs now may not be seen: ${describeMissing(now)}`;
  if (now.value !== image) return 'it has started another program in place meanwhile';
  const stat = readHeldStat(held);
  if (stat.kind !== 'value') return `it may not be seen any more: ${describeMissing(stat)}`;
  const { pid, pgid, tpgid } = stat.value;
  if (tpgid === pgid || isBelow(procfs, tpgid, pid)) return null;
  return `another program is in front now (group ${tpgid}), and may have read it`;
}

function isBelow(procfs: Procfs, from: number, above: number): boolean {
  let pid = from;
  for (let steps = 0; steps < MOST_PARENTS && pid > 1; steps++) {
    if (pid === above) return true;
    const stat = readStat(procfs, pid);
    pid = stat.kind === 'value' ? stat.value.ppid : 0;
  }
  return false;
}
