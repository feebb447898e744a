import { readZombieStatus } from '../kernel/exit-status.ts';
import type { Pidfd } from '../kernel/native/pidfd.ts';
import { POLLIN, type Poller } from '../kernel/native/poller.ts';
import type { OomFinding, OomWatch } from '../kernel/oom.ts';
import type { WaitStatus } from '../kernel/parse/wait-status.ts';
import type { HeldProcess, Procfs } from '../kernel/procfs.ts';
import type { Evidence } from '../model/evidence.ts';
import { describeMissing, type Missing, type Outcome } from '../model/outcome.ts';
import { signalOf } from './signal-names.ts';

/**
 * Why a process has ended.
 * `oom` is a SIGKILL of the kernel for lack of memory, with proof. Any other SIGKILL is a `signal`: who sent it the
 * kernel does not keep.
 */
export type ExitCause =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly coreDumped: boolean }
  | { readonly kind: 'oom'; readonly signal: 'SIGKILL' }
  | { readonly kind: 'unknown'; readonly why: string };

/** A cause, and the facts behind it. */
export interface FoundCause {
  readonly cause: ExitCause;
  readonly evidence: readonly Evidence[];
}

/** A process that has ended, and what was held of it before. */
export interface EndedProcess {
  readonly pid: number;
  readonly proc: HeldProcess;
  readonly procfs: Procfs;
  readonly pidfd: Pidfd;
  readonly oom: OomWatch;
}

/**
 * How long a parent may take to reap its child, which is when the kernel tells us how it ended. Most reap at once; one
 * that never does is not waited for.
 */
const REAP_PATIENCE_MS = 250;

/** Finds why a process has ended whose threads all have. */
export async function findCause(ended: EndedProcess, poller: Poller, signal?: AbortSignal): Promise<FoundCause> {
  const { pid, proc, procfs, pidfd, oom } = ended;
  const judge = (status: WaitStatus, source: string) => {
    return causeOf(status, source, status.kind === 'signal' && status.signal === SIGKILL ? oom.find(pid) : null);
  };
  // Before it is reaped who may trace it can read it; afterwards, on a new kernel, everybody who held it.
  const zombie = readZombieStatus(proc, procfs);
  if (zombie.kind === 'value') return judge(zombie.value, `/proc/${pid}/stat field 52`);
  let told = pidfd.exitStatus();
  if (told.kind === 'value' && told.value === null) {
    await reaped(pidfd, poller, signal);
    told = pidfd.exitStatus();
  }
  if (told.kind === 'value' && told.value !== null) return judge(told.value, 'ioctl(PIDFD_GET_INFO)');
  return { cause: { kind: 'unknown', why: whyUnknown(told, zombie) }, evidence: [] };
}

const SIGKILL = 9;

function causeOf(status: WaitStatus, source: string, oom: OomFinding | null): FoundCause {
  const fact = 'how it ended, as the kernel keeps it';
  if (status.kind === 'exit') {
    const evidence = [{ fact, source, value: `exit code ${status.code}`, check: null }];
    return { cause: { kind: 'exit', code: status.code }, evidence };
  }
  const name = signalOf(status.signal)?.name ?? `SIG${status.signal}`;
  const value = `signal ${status.signal}${status.coreDumped ? ', core dumped' : ''}`;
  const evidence = [{ fact, source, value, check: null }, ...(oom?.evidence ?? [])];
  if (oom?.isOom) return { cause: { kind: 'oom', signal: 'SIGKILL' }, evidence };
  return { cause: { kind: 'signal', signal: name, coreDumped: status.coreDumped }, evidence };
}

/** Waits until its parent has reaped it, for a while. */
async function reaped(pidfd: Pidfd, poller: Poller, signal?: AbortSignal): Promise<void> {
  // POLLHUP is told without being asked for, and POLLIN would be told at once.
  const polled = poller.watch(pidfd.fd, 0);
  const timer = setTimeout(polled.cancel, REAP_PATIENCE_MS);
  signal?.addEventListener('abort', polled.cancel, { once: true });
  if (signal?.aborted) polled.cancel();
  await polled.happened;
  clearTimeout(timer);
  signal?.removeEventListener('abort', polled.cancel);
}

function whyUnknown(told: Outcome<WaitStatus | null>, zombie: Missing): string {
  const zombieWhy = describeMissing(zombie);
  if (told.kind === 'value') {
    return `its parent has not reaped it in ${REAP_PATIENCE_MS} ms, and as a zombie it may not be read (${zombieWhy})`;
  }
  return `this kernel does not keep how it ended (PIDFD_GET_INFO: ${describeMissing(told)}; since Linux 6.15)`;
}

/** What poll(2) tells of a process all of whose threads have ended. */
export const HAS_ENDED = POLLIN;
