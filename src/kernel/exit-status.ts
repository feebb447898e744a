import type { Outcome } from '../model/outcome.ts';
import { isLive } from '../model/process.ts';
import { parseOutcome } from './attempt.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { parseStatExit } from './parse/proc-stat-exit.ts';
import type { WaitStatus } from './parse/wait-status.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess, Procfs } from './procfs.ts';

/**
 * Reads how a process has ended that nobody has reaped yet.
 * To who may not trace it the kernel shows 0, as if it had exited well; the link of its program tells the two apart,
 * since it is guarded by the same right.
 *
 * Source: /proc/<pid>/stat fields 3, 20 and 52, since Linux 5.17, and /proc/<pid>/exe for the right;
 *         /proc/sys/kernel/osrelease
 * Needs:  same uid or CAP_SYS_PTRACE; else denied
 * @returns `unsupported` EBUSY for one that lives, ENOSYS on older kernels
 */
export function readZombieStatus(held: HeldProcess, procfs: Procfs): Outcome<WaitStatus> {
  const isWhole = parseOutcome(procfs.read('sys/kernel/osrelease'), isSinceGroupCode);
  if (isWhole.kind !== 'value') return isWhole;
  if (!isWhole.value) return { kind: 'unsupported', errno: 'ENOSYS' };
  const program = held.readlink('exe');
  if (program.kind === 'denied') return program;
  const bytes = held.read('stat');
  const stat = parseOutcome(bytes, parseProcStat);
  if (stat.kind !== 'value') return stat;
  if (isLive(stat.value)) return { kind: 'unsupported', errno: 'EBUSY' };
  return parseOutcome(bytes, parseStatExit);
}

/**
 * The same of a process that is known by its number and its start; `gone` where it has been reaped, or the number is
 * another process now.
 */
export function readExitOf(procfs: Procfs, pid: number, startTimeTicks: bigint): Outcome<WaitStatus> {
  const opened = procfs.open(pid);
  if (opened.kind !== 'value') return opened;
  try {
    const stat = readHeldStat(opened.value);
    if (stat.kind !== 'value') return stat;
    const isSame = stat.value.startTimeTicks === startTimeTicks;
    return isSame ? readZombieStatus(opened.value, procfs) : { kind: 'gone', errno: 'ESRCH' };
  } finally {
    opened.value.close();
  }
}

/** Before Linux 5.17 the field was that of the first thread alone, which can end earlier and otherwise than the rest. */
function isSinceGroupCode(release: Uint8Array): boolean {
  const [major = 0, minor = 0] = Buffer.from(release).toString('latin1').split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 17);
}
