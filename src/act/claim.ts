import { claimEvidence, claimHolders, describeHolder } from '../identity/claims.ts';
import { findFlocks } from '../kernel/flock-holders.ts';
import { liveMachine, type Machine } from '../kernel/machine.ts';
import { lockDirectory, type UnlockedDirectory } from '../kernel/native/lock-directory.ts';
import { PlumblineError } from '../model/errors.ts';
import { describeMissing } from '../model/outcome.ts';
import type { FileId } from '../model/process.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Session } from '../model/session.ts';
import { type Text, toBytes } from '../model/text.ts';
import { type HoldOptions, holdSession } from './hold.ts';
import { requirePidfds } from './pidfds.ts';

/** How to recognise the session that is to be claimed. */
export interface ClaimOptions extends HoldOptions {
  /** Calls it off: it throws the signal's reason, and nothing is locked. */
  readonly signal?: AbortSignal;
}

/** A session with the home that a claim is a lock on. */
export type ClaimableSession = Session & { readonly home: Text; readonly homeId: FileId };

/** A session that is ours until we end, or release it, and until whoever has inherited `fd` has ended. */
export interface SessionClaim {
  readonly outcome: 'claimed';
  readonly session: ClaimableSession;
  /** The open home directory that the lock belongs to. A child that inherits it shares the claim. */
  readonly fd: number;
  /** Whether it is still that session; null where it is. */
  verify(): Refusal | null;
  release(): void;
}

/**
 * Claims a session: an exclusive flock(2) on its home directory, which one process at a time can have, and those that
 * inherit it. The lock comes first and the session is verified under it, so that what is claimed still is the session.
 * There is no lease and no heartbeat: the kernel lets go of a lock when the last process that shares it has ended.
 * The lock is advisory: it keeps out who asks for it, and nobody else.
 *
 * Source: flock(2) on the home; what `observe` reads, of this one process
 * Needs:  koffi; the right to read the home, and to look into the process
 * @param session as a look with `identifyPrograms` has found it
 * @returns the claim, which is to be released; or why there is none, and then nothing is locked
 * @throws {PlumblineError} `usage` for a session that has no home; the signal's reason where it is aborted
 */
export async function claim(session: Session, options: ClaimOptions): Promise<SessionClaim | Refusal> {
  if (!isClaimable(session)) {
    const hint = "look with homes: observe({ homes: parseHomes(['/srv/agents/*']) })";
    throw new PlumblineError('usage', `${session.name.text} has no home, and a claim is a lock on one`, { hint });
  }
  if (session.verdict !== 'alive' || session.pid === null) {
    return refuse('unseen', `which process is ${session.name.text} is ${session.verdict}`);
  }
  // A machine that can hold no process has no lock to give either: that is told before anything is locked.
  const pidfds = await requirePidfds();
  if (isRefusal(pidfds)) return pidfds;
  const machine = options.machine ?? liveMachine();
  const locked = await lockDirectory(toBytes(session.home), session.homeId, machine);
  if (locked.kind !== 'locked') return refusalOf(locked, session, machine);
  try {
    options.signal?.throwIfAborted();
    const held = await holdSession(session, { ...options, machine });
    if (isRefusal(held)) {
      locked.release();
      return held;
    }
    const verify = () => {
      const facts = held.verify();
      return isRefusal(facts) ? facts : null;
    };
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      held.close();
      locked.release();
    };
    return { outcome: 'claimed', session, fd: locked.fd, verify, release };
  } catch (error) {
    locked.release();
    throw error;
  }
}

function isClaimable(session: Session): session is ClaimableSession {
  return session.home !== null && session.homeId !== null;
}

function refusalOf(unlocked: UnlockedDirectory, session: ClaimableSession, machine: Machine): Refusal {
  const { name, home } = session;
  const itsHome = `the home of ${name.text}, ${home.text},`;
  switch (unlocked.kind) {
    case 'busy':
      return busy(session, machine);
    case 'network': {
      const hint = 'claim sessions whose homes are on a local disk';
      return refuse('network_home', `${itsHome} lies on a network file system, whose locks say nothing`, { hint });
    }
    case 'no_mounts':
      return refuse('unseen', `whether ${itsHome} lies on a network file system cannot be seen`);
    case 'gone':
    case 'other':
      return refuse('changed', `${itsHome} is not the directory any more that it was`);
    case 'denied': {
      const hint = 'run plumb as root, or as a user who may read that directory: a lock needs no more';
      return refuse('denied', `${itsHome} may not be opened: ${describeMissing(unlocked)}`, { hint });
    }
    default:
      return refuse('unsupported', `${itsHome} cannot be locked: ${describeMissing(unlocked)}`);
  }
}

/** The table of locks names who made a lock, which may have ended: the holders are asked for themselves. */
function busy({ name, homeId }: ClaimableSession, { procfs }: Machine): Refusal {
  const [report = { kind: 'none' as const }] = findFlocks(procfs, [homeId]);
  const holders = claimHolders(report) ?? [];
  const [first, ...others] = holders;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const who = first ? `is claimed by ${describeHolder(first)}${more}` : 'was claimed by somebody when it was tried';
  const hint = 'its claim ends when all of these processes have ended';
  return refuse('busy', `${name.text} ${who}`, {
    hint: first?.verified ? hint : '',
    evidence: claimEvidence(report, holders),
  });
}
