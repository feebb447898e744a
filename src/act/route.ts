import { describeHolder } from '../identity/claims.ts';
import { compareText } from '../identity/session.ts';
import { type Condition, idleMismatch, mismatch } from '../identity/where.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import type { Considered, Idleness } from '../model/route.ts';
import type { Session } from '../model/session.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { readActivities, readActivity } from './activity.ts';
import { claim, type SessionClaim } from './claim.ts';
import type { HoldOptions } from './hold.ts';

/** How to recognise the session that is asked about, and what ends the asking. */
export interface AskOptions extends HoldOptions {
  readonly signal?: AbortSignal;
}

/** Finds out what a session is doing: it is asked of all candidates at once, and again of the one that was claimed. */
export type ActivityOf = (session: Session, options: AskOptions) => Promise<Idleness | Refusal>;

/** Which session to choose, and how to tell whether it is free. */
export interface RouteOptions extends AskOptions {
  /** Default: `readActivity`. */
  readonly activityOf?: ActivityOf;
  /** All of them have to hold. */
  readonly where?: readonly Condition[];
}

/** A free session, claimed, and what else was looked at. */
export interface Routed {
  readonly outcome: 'routed';
  readonly claim: SessionClaim;
  /** As it was read under the claim. */
  readonly activity: Idleness;
  readonly considered: readonly Considered[];
}

/** No session is free, and why each is not. */
export interface NotRouted extends Refusal {
  readonly considered: readonly Considered[];
}

/** A session that is free, as far as could be seen before it was claimed. */
interface Free {
  readonly session: Session;
  readonly activity: Idleness;
}

/**
 * Chooses a session that is free and claims it: the one that has been idle for longest first, of equals by name.
 * Whether it is free is asked again under the claim: somebody may have typed there meanwhile. One that is not is let
 * go, and the next is tried, so that of many who route at once each gets a session of its own.
 *
 * Needs:  what `claim` and the activity need
 * @param snapshot a look with `identifyPrograms`, and `claims` to spare what is claimed the look at its activity
 * @returns the claim, which is to be released; or `not_idle` with what was considered, and `unseen` where of some
 *   session it could not be told, or there is none to be seen and not everything could be
 * @throws what the signal was aborted with, and then nothing stays claimed
 */
export async function route(
  snapshot: Pick<Snapshot, 'sessions' | 'coverage'>,
  options: RouteOptions,
): Promise<Routed | NotRouted> {
  const { signal, where = [] } = options;
  const ruledOut = snapshot.sessions.map((session) => [session, rulesOut(session, where)] as const);
  const considered: Considered[] = ruledOut.flatMap(([, reason]) => reason ?? []);
  const open = ruledOut.flatMap(([session, reason]) => (reason === null ? [session] : []));
  const asked = await askWhichAreFree(open, options);
  considered.push(...asked.flatMap((it) => (isFree(it) ? [] : [it])));
  const free = asked.filter(isFree);
  free.sort((a, b) => idleFor(b) - idleFor(a) || compareText(a.session.name.text, b.session.name.text));
  for (const [index, candidate] of free.entries()) {
    signal?.throwIfAborted();
    const tried = await tryToTake(candidate.session, options);
    if (!('claim' in tried)) {
      considered.push(tried);
      continue;
    }
    const { claim: taken, activity } = tried;
    const rest = free.slice(index + 1).map(({ session, activity: its }): Considered => {
      return { session, activity: its, passedOver: 'later', message: 'another one came first' };
    });
    const chosen: Considered = { session: taken.session, activity, passedOver: null, message: activity.reason };
    return { outcome: 'routed', claim: taken, activity, considered: byName([...considered, ...rest, chosen]) };
  }
  return { ...refusalOf(snapshot, considered, where), considered: byName(considered) };
}

/** What its activity need not be asked for. */
function rulesOut(session: Session, where: readonly Condition[]): Considered | null {
  const because = (passedOver: Considered['passedOver'], message: string): Considered => {
    return { session, activity: null, passedOver, message };
  };
  if (session.verdict !== 'alive') return because('unseen', `which process it is is ${session.verdict}`);
  const other = mismatch(session, where);
  if (other !== null) return because('filtered', other);
  const [holder] = session.claimedBy ?? [];
  return holder ? because('busy', `it is claimed by ${describeHolder(holder)}`) : null;
}

function askingOf({ commands, machine, signal }: RouteOptions): AskOptions {
  return { commands, ...(machine && { machine }), ...(signal && { signal }) };
}

async function askWhichAreFree(sessions: readonly Session[], options: RouteOptions): Promise<(Free | Considered)[]> {
  const { activityOf } = options;
  const asking = askingOf(options);
  const told = activityOf
    ? await Promise.all(sessions.map(async (session) => [session, await activityOf(session, asking)] as const))
    : await readActivities(sessions, asking);
  return told.map(([session, activity]) => whetherFree(session, activity, options));
}

function whetherFree(session: Session, activity: Idleness | Refusal, { where = [] }: RouteOptions): Free | Considered {
  if (isRefusal(activity)) {
    return { session, activity: null, passedOver: activity.reason, message: activity.message };
  }
  const { state, reason, idleSeconds } = activity;
  if (state !== 'idle' && state !== 'waiting_for_input') {
    const passedOver = state === 'busy' ? 'not_idle' : state === 'stopped' ? 'stopped' : 'unseen';
    return { session, activity, passedOver, message: reason };
  }
  const tooShort = idleMismatch(idleSeconds, where);
  return tooShort === null ? { session, activity } : { session, activity, passedOver: 'filtered', message: tooShort };
}

function isFree(asked: Free | Considered): asked is Free {
  return !('passedOver' in asked);
}

/** Claims it, and lets go of it where it is not free any more. */
async function tryToTake(
  session: Session,
  options: RouteOptions,
): Promise<{ readonly claim: SessionClaim; readonly activity: Idleness } | Considered> {
  const claimed = await claim(session, options);
  if (isRefusal(claimed)) {
    return { session, activity: null, passedOver: claimed.reason, message: claimed.message };
  }
  try {
    const told = await (options.activityOf ?? readActivity)(session, askingOf(options));
    options.signal?.throwIfAborted();
    const asked = whetherFree(session, told, options);
    if (!isFree(asked)) {
      claimed.release();
      return asked;
    }
    const changed = claimed.verify();
    if (changed === null) return { claim: claimed, activity: asked.activity };
    claimed.release();
    return { ...asked, passedOver: changed.reason, message: changed.message };
  } catch (error) {
    claimed.release();
    throw error;
  }
}

/** One whose idle time is not known comes last. */
function idleFor({ activity }: Free): number {
  return activity.idleSeconds ?? -1;
}

function byName(considered: readonly Considered[]): Considered[] {
  return [...considered].sort((a, b) => compareText(a.session.name.text, b.session.name.text));
}

/** Of which it is not known whether they are free. That several claim one home is known, and a person has to settle it. */
function isUntold({ session, passedOver }: Considered): boolean {
  const isBlind = passedOver === 'unseen' || passedOver === 'denied' || passedOver === 'unsupported';
  return isBlind && session.verdict !== 'ambiguous';
}

function refusalOf(
  { sessions, coverage }: Pick<Snapshot, 'sessions' | 'coverage'>,
  considered: readonly Considered[],
  where: readonly Condition[],
): Refusal {
  const untold = considered.filter(isUntold);
  if (untold.length > 0) {
    const whose = untold.map(({ session }) => session.name.text).join(', ');
    return refuse('unseen', `no session is known to be free, and of some it cannot be told: ${whose}`);
  }
  if (sessions.length > 0) {
    const which = where.length > 0 ? 'that matches ' : '';
    return refuse('not_idle', `no session ${which}is free`, { hint: 'plumb list shows all sessions' });
  }
  const hint = 'plumb homes says why';
  if (coverage.complete) return refuse('not_idle', 'there is no session', { hint });
  return refuse('unseen', 'no session could be seen, and not everything could be', { hint });
}
