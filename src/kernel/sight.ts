import { type Outcome, valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { INITIAL_PID_NAMESPACE } from './census.ts';
import { parseMountinfo } from './parse/mountinfo.ts';
import { parseCapabilities } from './parse/proc-status.ts';
import type { Procfs } from './procfs.ts';

const CAP_SYS_PTRACE = 1n << 19n;

/** What decides how much of the machine we can see. */
export interface Sight {
  readonly kernelRelease: string | null;
  /** Whether we may read other users' processes; null where that cannot be told. */
  readonly mayReadOthers: boolean | null;
  /** Options of /proc that hide something: `hidepid=invisible`, `subset=pid`. */
  readonly hiding: readonly string[];
  readonly isWholeMachine: boolean;
  /** How many processes are listed, and how many there are by the kernel's own count. */
  readonly listed: number | null;
  readonly counted: number | null;
}

/**
 * Looks at our own eyes.
 *
 * Source: /proc/sys/kernel/osrelease, /proc/self/status, /proc/self/mountinfo, /proc/self/ns/pid, the links of /proc
 * Needs:  nothing; what may not be read is null
 */
export function readSight(procfs: Procfs): Sight {
  // As text at once: the bytes of a read are there until the next one only.
  const release = valueOrNull(parseOutcome(procfs.read('sys/kernel/osrelease'), toLine));
  const capabilities = valueOrNull(parseOutcome(procfs.read('self/status'), parseCapabilities));
  const listing = valueOrNull(procfs.list());
  return {
    kernelRelease: release,
    mayReadOthers: capabilities === null ? null : (capabilities & CAP_SYS_PTRACE) !== 0n,
    hiding: hidingOptions(procfs.read('self/mountinfo')),
    isWholeMachine: valueOrNull(procfs.readlink('self/ns/pid')) === `pid:[${INITIAL_PID_NAMESPACE}]`,
    listed: listing === null ? null : listing.pids.length,
    counted: listing === null ? null : listing.nlink - 2 - listing.staticDirectories,
  };
}

function hidingOptions(mountinfo: Outcome<Uint8Array>): string[] {
  const mounts = valueOrNull(parseOutcome(mountinfo, parseMountinfo)) ?? [];
  // The last one on a path covers those before it.
  const proc = mounts.findLast(({ mountPoint, fsType }) => mountPoint === '/proc' && fsType === 'proc');
  const options = proc?.superOptions.split(',') ?? [];
  return options.filter((option) => option === 'subset=pid' || /^hidepid=(?!0$|off$)/.test(option));
}

function toLine(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').trim();
}
