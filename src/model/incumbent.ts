import type { Evidence } from './evidence.ts';
import { type FileId, sameFile } from './process.ts';
import type { Session } from './session.ts';
import type { ByteString, Text } from './text.ts';

/**
 * The process that a registry's row names, and from where its numbers were read.
 * A row that somebody else keeps may hold a bare pid: then whoever has the number now is asked about, and that it is
 * the row's own process is never said.
 */
export interface Incumbent {
  readonly pid: number;
  /** Null where the row does not say: this one, unless it was written before this one began. */
  readonly bootId: string | null;
  /** Clock ticks since boot; null for a bare pid. */
  readonly startTimeTicks: bigint | null;
  /** The program file that it ran; null where that is not known, and then it cannot be said to run another one. */
  readonly exe?: FileId | null;
  /** The directory that was its home; a home that was renamed has it still. */
  readonly homeId?: FileId | null;
  /** When the row was last written; null where that is not known, and then no boot can be said to be younger. */
  readonly observedAt?: Date | null;
  /** The pid namespace that `pid` counts in; left out: ours. */
  readonly pidNamespace?: bigint | null;
  /** The time namespace that `startTimeTicks` counts in; left out: ours. */
  readonly timeNamespace?: bigint | null;
}

/**
 * How an incarnation ended.
 * - `exited`: it is no more, or all of its threads have ended.
 * - `rebooted`: the machine was started anew after the row was written.
 * - `left`: the process lives, and runs another program file, which is no session.
 */
export type Ending = 'exited' | 'rebooted' | 'left';

/**
 * Where a living incumbent is: in the home of its row, in none or another's, in a home that was deleted under it, or
 * where we may not look.
 */
export type Place = 'home' | 'elsewhere' | 'home_deleted' | 'unseen';

/** What became of the process that a row names. */
export interface IncumbentReport {
  /** The row's name, as it was asked. */
  readonly name: ByteString;
  readonly incumbent: Incumbent;
  readonly verdict: 'alive' | 'dead' | 'unknown';
  /** How a dead one ended; null for the others. */
  readonly ending: Ending | null;
  /** Where a living one is; null for the others. */
  readonly place: Place | null;
  /** What has the number now, where that could be read. */
  readonly now: Running | null;
  /** A session in a pid namespace of its own that has this number there, asked for bare pids; null where none is seen. */
  readonly innerOf: { readonly pid: number; readonly evidence: Evidence } | null;
  /** A living one as a session, whoever owns its home; null for the others. */
  readonly session: Session | null;
  /** One sentence: why. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** What has a row's number now. */
export interface Running {
  /** What its program is called. */
  readonly command: Text;
  /**
   * What its program is: a `shell` at its prompt is no agent under another title. A `launcher` (and a shell that runs
   * something) is about to become another program, and an `interpreter` may be anything; `starting` is in exec;
   * `kernel` is one of the kernel's own threads.
   */
  readonly file: 'shell' | 'launcher' | 'interpreter' | 'other' | 'starting' | 'kernel' | 'unread';
  readonly startedAt: Date | null;
  readonly place: Place;
  /** Of a shell or a launcher, the processes that descend from it. */
  readonly below: readonly number[];
}

/** What a look at one process key found. Only `ended` is proof. */
export type Sighting =
  | { readonly kind: 'alive' }
  | { readonly kind: 'ended'; readonly how: EndProof }
  | { readonly kind: 'unseen'; readonly why: string };

/** What proves that an incarnation has ended. */
export type EndProof =
  | { readonly by: 'no_process'; readonly errnos: string }
  | { readonly by: 'threads_ended'; readonly state: string; readonly threadCount: number }
  | { readonly by: 'other_start'; readonly startTimeTicks: bigint }
  | { readonly by: 'thread_of'; readonly tgid: number }
  | { readonly by: 'other_boot'; readonly bootId: string; readonly bootedAt: Date };

/** Whether two files are one, as far as both are known. */
export function isSameFile(a: FileId | null, b: FileId | null): boolean {
  return a === null || b === null || sameFile(a, b);
}
