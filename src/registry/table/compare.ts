import type { Evidence } from '../../model/evidence.ts';
import type { IncumbentReport, Running } from '../../model/incumbent.ts';
import type { Session } from '../../model/session.ts';
import type { DriftKind } from '../drift.ts';
import type { HomeSight } from '../name-facts.ts';
import { type Claim, claimedAt } from './claim.ts';
import { paneValue } from './pane-forms.ts';

/** All that is known of one name of the table. */
export interface ClaimFacts {
  readonly claim: Claim;
  /** Whether the row is known to be this machine's. */
  readonly isOurs: boolean;
  /** The host whose row it is, where that is another one; such rows are compared where a session of the name lives here. */
  readonly otherHost: string | null;
  /** The session of its home, alive or ambiguous; null where there is none. */
  readonly session: Session | null;
  /** What has the row's number; null where it names none. */
  readonly report: Omit<IncumbentReport, 'name' | 'incumbent'> | null;
  /** The name that the row's number is the session of, where that is another. */
  readonly otherName: string | null;
  readonly home: HomeSight;
  /** Whether processes may exist that nobody sees: then a number that nobody has may be one of a container. */
  readonly hidesProcesses: boolean;
  /** By how much the database's clock is ahead of ours. */
  readonly clockSkewMs: number;
}

/** How a row compares with the kernel, and what it should say. */
export interface Comparison {
  /** Null: it says what the kernel says. */
  readonly kind: DriftKind | null;
  readonly verdict: 'alive' | 'dead' | 'ambiguous' | 'unknown';
  /** What to write: the session that lives, its end, or nothing. */
  readonly should: { readonly alive: Session } | 'dead' | null;
  /** One sentence: why. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** Whether it rests on when the row was written: then that must stand still until the change is written. */
  readonly isByTime: boolean;
}

const HIDDEN = 'and processes are hidden here: it may be the number of one of them';

/** By how much clocks may differ: of this machine now and then, and of whoever wrote the row. */
const CLOCK_SLACK_MS = 60_000;

/**
 * The same for a row of ours whose pid is that of the session in its home: nearly all are, and nothing else is looked up
 * for them. Null where more has to be known.
 */
export function compareOwn(claim: Claim, session: Session | null, isOurs: boolean): Comparison | null {
  if (!isOurs || claim.says !== 'alive' || session?.verdict !== 'alive' || session.pid !== claim.pid) return null;
  if (claim.values.ended_at == null) return comparePlace(claim, session);
  return alive('recorded_dead', session, 'its process lives in its home, and the row has an end');
}

/** Compares one row that names its process by a bare pid with the kernel. Pure; the rules stand in docs/drift.md. */
export function compareClaim(facts: ClaimFacts): Comparison {
  const { claim, session, isOurs, otherHost } = facts;
  if (otherHost !== null) return compareOtherHost(claim, otherHost, session);
  if (claim.says === 'other') return compareOtherStatus(claim, session);
  if (claim.pid === null && claim.values.pid != null)
    return unknown(`its pid ${JSON.stringify(claim.values.pid)} is none`);
  if (!isOurs) return compareNobodys(claim, session);
  if (claim.says === 'dead') return compareDead(claim, session);
  const own = compareOwn(claim, session, isOurs);
  if (own) return own;
  if (facts.report?.innerOf != null) {
    const { pid, evidence } = facts.report.innerOf;
    const reason = `${claim.pid} is the number of ${pid} in a pid namespace of its own`;
    return { ...unknown(reason), kind: 'foreign_pid', evidence: [evidence] };
  }
  if (session?.verdict === 'ambiguous') return ambiguous(session.evidence[0]?.value ?? '', session.evidence);
  return session ? compareOwned(facts, session) : compareWithoutSession(facts);
}

/** Nothing is ended on our evidence that is another host's; what that one has ended may go on here. */
function compareOtherHost({ says }: Claim, host: string, session: Session | null): Comparison {
  if (session?.verdict !== 'alive') return { ...unknown(`the row is of the host ${host}`), kind: 'other_host' };
  const reason = `the row is of the host ${host}, which has ${says === 'dead' ? '' : 'not '}ended it, and ${session.pid} lives here`;
  if (says === 'dead') return alive('moved_here', session, reason);
  return { ...unknown(reason), kind: 'other_host' };
}

/** A word of the operator's own is nothing that the kernel could contradict, unless a session lives under the name. */
function compareOtherStatus({ values }: Claim, session: Session | null): Comparison {
  const reason = `its status ${JSON.stringify(values.status ?? null)} is neither alive nor dead by the mapping`;
  if (session) return unknown(`${reason}, and a session of its name lives`);
  return { ...unknown(reason), kind: null };
}

/** The row may be another machine's: it is right if its number is our session's, and else nothing is known of it. */
function compareNobodys({ says, pid }: Claim, session: Session | null): Comparison {
  const isOwn = session?.verdict === 'alive' && session.pid === pid && says === 'alive';
  if (isOwn || (says === 'dead' && !session)) return agrees(says, session, 'nothing here says otherwise');
  return unknown('nothing says that the row is of this machine: map its host, or --this-host');
}

/** The row says dead: a session that lives says otherwise. */
function compareDead(claim: Claim, session: Session | null): Comparison {
  if (!session) return agrees('dead', null, 'no session has its name');
  if (session.verdict !== 'alive') return ambiguous(session.evidence[0]?.value ?? '', session.evidence);
  const same = session.pid === claim.pid ? 'its process' : `${session.pid}`;
  return alive('recorded_dead', session, `the row says that it is dead, and ${same} lives in its home`);
}

/** The terminal and the pane, where they are mapped. */
function comparePlace(claim: Claim, session: Session): Comparison {
  const { values } = claim;
  const now = session.terminal?.name ?? null;
  const before = plainTerminal(values.terminal ?? null);
  if (values.terminal === undefined || now === before) return comparePane(claim, session);
  if (now === null) return alive('terminal_lost', session, `it was on ${before}, and has no terminal now`);
  return alive('terminal_moved', session, `it is on ${now}, and the row says ${before ?? 'none'}`);
}

function comparePane({ values }: Claim, session: Session): Comparison {
  const right = agrees('alive', session, 'its process lives in its home');
  if (values.pane === undefined) return right;
  const now = paneValue(session, values.pane, () => 'both');
  if (now === undefined || now === values.pane) return right;
  return alive(
    'pane_moved',
    session,
    `${now === null ? 'no pane shows it' : `it is in ${now}`}, and the row says ${values.pane ?? 'none'}`,
  );
}

/** Another process owns the home. The row's number must be known not to be the session before it is given up. */
function compareOwned(facts: ClaimFacts, session: Session): Comparison {
  const { claim, report, otherName } = facts;
  const owner = `${session.pid} is the session of its home`;
  if (!report) return alive('other_pid', session, `${owner}, and the row names no process`);
  const also = (kind: DriftKind, why: string): Comparison => {
    return { ...alive(kind, session, `${why}; ${owner}`), evidence: [...report.evidence, ...session.evidence] };
  };
  if (report.verdict === 'dead') {
    if (facts.hidesProcesses && report.ending !== 'rebooted') return unknown(`${report.reason}, ${HIDDEN}`);
    return also('restarted', `${claim.pid}: ${report.reason}`);
  }
  if (report.verdict === 'alive') {
    if (otherName !== null) return also('other_pid', `${claim.pid} is the session of ${otherName}`);
    if (report.place === 'home') return also('other_pid', `${claim.pid} is in the home as well, and does not own it`);
    return ambiguous(`${claim.pid} is away (${report.reason}), and ${session.pid} is in its home`, [
      ...report.evidence,
      ...session.evidence,
    ]);
  }
  if (session.pid !== null && report.now?.below.includes(session.pid)) {
    return also('other_pid', `${claim.pid} is ${report.now.command.text}, which ${session.pid} was started from`);
  }
  const other = report.now && otherProgram(facts, report.now);
  if (!other?.kind) return unknown(`${claim.pid}: ${report.reason}`);
  return { ...also(other.kind, other.reason), isByTime: other.isByTime };
}

function compareWithoutSession(facts: ClaimFacts): Comparison {
  const { claim, report, home, otherName, hidesProcesses } = facts;
  const noHome = home.there === 'seen' ? 'unknown' : 'no_home';
  if (!report) {
    if (home.isEmpty) return dead('no_session', 'the row names no process, and its home is empty', []);
    return { ...unknown('the row names no process, and its home is not known to be empty'), kind: noHome };
  }
  if (report.verdict === 'dead') {
    if (!hidesProcesses || report.ending === 'rebooted') return dead('dead_pid', report.reason, report.evidence);
    return unknown(`${report.reason}, ${HIDDEN}`);
  }
  const told = { reason: report.reason, evidence: report.evidence };
  if (report.verdict === 'alive') {
    if (otherName !== null) {
      const reason = `its number is the session of ${otherName} now`;
      const stranger = report.now && isLater(facts, report.now);
      if (stranger && home.there === 'seen' && home.isEmpty) return byTime(dead('reused_pid', reason, report.evidence));
      const where = home.there === 'seen' ? 'which it may have gone to' : 'and no home of this look has its name';
      return { ...unknown(`${reason}, ${where}`), kind: home.there === 'seen' ? 'unknown' : 'no_home' };
    }
    if (!report.session || report.place === 'unseen') return { ...unknown(report.reason), evidence: report.evidence };
    const place = comparePlace(claim, report.session);
    if (report.place === 'home') return place;
    if (report.place === 'home_deleted') return { ...place, ...told, kind: 'home_deleted' };
    if (home.there === 'seen') return { ...place, ...told, kind: 'wandered' };
    return { ...unknown(`no home of this look has its name; ${report.reason}`), kind: 'no_home' };
  }
  const other = report.now && otherProgram(facts, report.now);
  if (!other?.kind) return { ...unknown(report.reason), evidence: report.evidence };
  return { ...dead(other.kind, other.reason, report.evidence), isByTime: other.isByTime };
}

/** Whether what has the number now started after the row was last written: by the clocks, with room for their faults. */
function isLater({ claim, clockSkewMs }: ClaimFacts, { startedAt }: Running): boolean {
  const written = claimedAt(claim);
  if (!written || !startedAt) return false;
  return startedAt.getTime() > written.getTime() + CLOCK_SLACK_MS + Math.abs(clockSkewMs);
}

/**
 * Why a process that runs none of the commands is not the row's session: its program file cannot be an agent under
 * another title (a shell at its prompt, a thread of the kernel, or any program outside of the home), or it started after
 * the row was written. A launcher, and a shell that runs something, may be about to become the agent; in the home itself
 * time is no proof, since clocks are set.
 */
function otherProgram(facts: ClaimFacts, now: Running): Pick<Comparison, 'kind' | 'reason' | 'isByTime'> | null {
  const { claim } = facts;
  const { file, place, command, startedAt } = now;
  const written = claimedAt(claim);
  const started = isLater(facts, now) && place === 'elsewhere' && file !== 'launcher' && file !== 'starting';
  const isOther = file === 'shell' || file === 'kernel' || (place === 'elsewhere' && file === 'other');
  if (!started && !isOther) return null;
  const when = written && startedAt && isLater(facts, now);
  const why = when ? `started ${ago(written, startedAt)} after the row was written` : 'which is none of the commands';
  // A process that was there when the row was written has left; of another one the number was used again.
  const kind = place === 'home' || (written && !isLater(facts, now)) ? 'left' : 'reused_pid';
  return { kind, reason: `${claim.pid} is ${command.text} now, ${why}`, isByTime: !isOther };
}

function ago(from: Date, to: Date): string {
  const minutes = Math.floor((to.getTime() - from.getTime()) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** `/dev/pts/3` and `pts/3` are one terminal; an empty text is none. */
export function plainTerminal(text: string | null): string | null {
  return text?.trim().replace(/^\/dev\//, '') || null;
}

function agrees(verdict: 'alive' | 'dead', session: Session | null, reason: string): Comparison {
  return { kind: null, verdict, should: null, reason, evidence: session?.evidence ?? [], isByTime: false };
}

function byTime(comparison: Comparison): Comparison {
  return { ...comparison, isByTime: true };
}

function alive(kind: DriftKind, session: Session, reason: string): Comparison {
  return { kind, verdict: 'alive', should: { alive: session }, reason, evidence: session.evidence, isByTime: false };
}

function dead(kind: DriftKind, reason: string, evidence: readonly Evidence[]): Comparison {
  return { kind, verdict: 'dead', should: 'dead', reason, evidence, isByTime: false };
}

function ambiguous(reason: string, evidence: readonly Evidence[]): Comparison {
  return { kind: 'ambiguous', verdict: 'ambiguous', should: null, reason, evidence, isByTime: false };
}

function unknown(reason: string): Comparison {
  return { kind: 'unknown', verdict: 'unknown', should: null, reason, evidence: [], isByTime: false };
}
