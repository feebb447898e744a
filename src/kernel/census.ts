import { PlumblineError } from '../model/errors.ts';
import { describeMissing, valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseForkCount } from './parse/system-stat.ts';
import type { PidListing, Procfs } from './procfs.ts';

/** The inode number of the first pid namespace (PROC_PID_INIT_INO in the kernel's sources). */
export const INITIAL_PID_NAMESPACE = 4026531836n;

/** Under a fork storm the count held in 86 of 100 listings, so this many in a row fail about once in 10^8. */
const LISTING_TRIES = 10;

/**
 * Lists every process, and checks the list against the kernel's own count.
 * The link count of /proc counts all processes, hidden ones and those of other namespaces too, so a list that
 * matches it is complete, and one that cannot match says how many are missing.
 *
 * Needs: nothing; under hidepid, in a container and under subset=pid the answer is marked incomplete
 * @throws {PlumblineError} `unsupported_platform` where /proc cannot be listed at all
 */
export function takeCensus(procfs: Procfs, log: CoverageLog): readonly number[] {
  let listing = listOnce(procfs);
  for (let tries = 1; missingFrom(listing) !== 0 && tries < LISTING_TRIES; tries++) listing = listOnce(procfs);
  const missing = missingFrom(listing);
  log.clear('hidden');
  if (missing !== 0) {
    if (procfs.read('stat').kind === 'gone') log.setCount('uncountable', 1);
    else log.setCount('hidden', Math.abs(missing));
  }
  return listing.pids;
}

/** How many processes exist that this list lacks. */
function missingFrom({ nlink, staticDirectories, pids }: PidListing): number {
  return nlink - 2 - staticDirectories - pids.length;
}

function listOnce(procfs: Procfs): PidListing {
  const listing = procfs.list();
  if (listing.kind === 'value') return listing.value;
  throw new PlumblineError('unsupported_platform', `cannot list /proc: ${describeMissing(listing)}`, {
    hint: 'mount it: mount -t proc proc /proc',
  });
}

/** Notes where our own view is of a part of the machine only. */
export function checkNamespace(procfs: Procfs, log: CoverageLog): void {
  const self = procfs.readlink('self');
  if (self.kind !== 'value' || self.value !== String(procfs.selfPid)) log.setCount('foreign_procfs', 1);
  const namespace = procfs.readlink('self/ns/pid');
  if (namespace.kind !== 'value' || namespace.value !== `pid:[${INITIAL_PID_NAMESPACE}]`)
    log.setCount('pid_namespace', 1);
}

/** Our own pid as this /proc counts, which is not our own count where it belongs to another namespace; 0 if unseen. */
export function ownPid(procfs: Procfs): number {
  const self = procfs.readlink('self');
  return self.kind === 'value' ? Number(self.value) : 0;
}

/** How many tasks were ever created; null where that cannot be read, and no two nulls prove anything. */
export function readForkCount(procfs: Procfs): number | null {
  return valueOrNull(parseOutcome(procfs.read('stat'), parseForkCount));
}
