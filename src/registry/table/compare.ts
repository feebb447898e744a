import type { Evidence } from '../../model/evidence.ts';
import type { IncumbentReport, Running } from '../../model/incumbent.ts';
import type { Session } from '../../model/session.ts';
import type { DriftKind } from '../drift.ts';
import type { HomeSight } from '../name-facts.ts';
import { type Claim, claimedAt } from './claim.ts';

/** All that is known of one name of the table. */
export interface ClaimFacts {
  readonly claim: Claim;
  /** Whether the row is known to be this machine's. */
  readonly isOurs: boolean;
  /** The session of its home, alive or ambiguous; null where there is none. */
  readonly session: Session | null;
  /** What has the row's number; null where it names none. */
  readonly report: Omit<IncumbentReport, 'name' | 'incumbent'> | null;
  /** The name that the row's number is the session of, where that is another. */
  readonly otherName: string | null;
  readonly home: HomeSight;
  /** Whether processes may exist that nobody sees: then a number that nobody has may be one of a container. */
  readonly hidesProcesses: boolean;
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
}

/** By how much clocks may differ: of this machine now and then, and of whoever wrote the row. */
const CLOCK_SLACK_MS = 60_000;

/**
 * Compares one row with the session of its home, where that says all; null where more has to be known.
 * Nearly all rows name the session's own process: nothing else is looked up for them.
 */
export function compareWithSession(claim: Claim, session: Session | null): Comparison | null {
  if (claim.says === 'other') {
    return unknown(
      `its status ${JSON.stringify(claim.values.status ?? null)} is neither alive nor dead by the mapping`,
    );
  }
  if (claim.says === 'dead') return compareDead(claim, session);
  return session?.verdict === 'alive' && session.pid === claim.pid ? compareTerminal(claim, session) : null;
}

/** Compares one row that names its process by a bare pid with the kernel. Pure; the rules stand in docs/drift.md. */
export function compareClaim(facts: ClaimFacts): Comparison {
  const { claim, session, isOurs } = facts;
  const known = compareWithSession(claim, session);
  if (known) return known;
  if (!isOurs) return unknown('nothing says that the row is of this machine: map its host, or --this-host');
  if (facts.report?.innerOf != null && facts.report.verdict !== 'alive') {
    const { pid, evidence } = facts.report.innerOf;
    const reason = `${claim.pid} is the number of ${pid} in a pid namespace of its own`;
    return { ...unknown(reason), kind: 'foreign_pid', evidence: [evidence] };
  }
  if (session?.verdict === 'ambiguous') return ambiguous(session.evidence[0]?.value ?? '', session.evidence);
  return session ? compareOwned(facts, session) : compareWithoutSession(facts);
}

/** The row says dead: a session that lives says otherwise. */
function compareDead(claim: Claim, session: Session | null): Comparison {
  if (!session) return { kind: null, verdict: 'dead', should: null, reason: 'no session has its name', evidence: [] };
  if (session.verdict !== 'alive') return ambiguous(session.evidence[0]?.value ?? '', session.evidence);
  const same = session.pid === claim.pid ? 'its process' : `${session.pid}`;
  return alive('recorded_dead', session, `the row says that it is dead, and ${same} lives in its home`);
}

function compareTerminal({ values }: Claim, session: Session): Comparison {
  const agrees: Comparison = {
    kind: null,
    verdict: 'alive',
    should: null,
    reason: 'its process lives in its home',
    evidence: session.evidence,
  };
  if (values.terminal === undefined) return agrees;
  const now = session.terminal?.name ?? null;
  const before = plainTerminal(values.terminal);
  if (now === before) return agrees;
  if (now === null) return alive('terminal_lost', session, `it was on ${before}, and has no terminal now`);
  return alive('terminal_moved', session, `it is on ${now}, and the row says ${before ?? 'none'}`);
}

/** Another process owns the home. The row's number must be known not to be the session before it is given up. */
function compareOwned({ claim, report, otherName }: ClaimFacts, session: Session): Comparison {
  const owner = `${session.pid} is the session of its home`;
  if (!report) return alive('other_pid', session, `${owner}, and the row names no process`);
  const also = (kind: DriftKind, why: string): Comparison => {
    return { ...alive(kind, session, `${why}; ${owner}`), evidence: [...report.evidence, ...session.evidence] };
  };
  if (report.verdict === 'dead') return also('restarted', `${claim.pid}: ${report.reason}`);
  if (report.verdict === 'alive') {
    if (otherName !== null) return also('other_pid', `${claim.pid} is the session of ${otherName}`);
    if (report.place === 'home') return also('other_pid', `${claim.pid} is in the home as well, and does not own it`);
    return ambiguous(`${claim.pid} is away (${report.reason}), and ${session.pid} is in its home`, [
      ...report.evidence,
      ...session.evidence,
    ]);
  }
  const stranger = report.now && otherProgramReason(claim, report.now);
  return stranger != null ? also(kindOfOther(claim, report.now), stranger) : unknown(`${claim.pid}: ${report.reason}`);
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
    return unknown(`${report.reason}, and processes are hidden here: it may be the number of one in a container`);
  }
  const told = { reason: report.reason, evidence: report.evidence };
  if (report.verdict === 'alive') {
    if (otherName !== null) {
      const reason = `its number is the session of ${otherName} now`;
      return home.isEmpty ? dead('reused_pid', reason, report.evidence) : unknown(reason);
    }
    if (!report.session || report.place === 'unseen') return { ...unknown(report.reason), evidence: report.evidence };
    const terminal = compareTerminal(claim, report.session);
    if (report.place === 'home') return terminal;
    if (report.place === 'home_deleted') return { ...terminal, ...told, kind: 'home_deleted' };
    if (home.there === 'seen') return { ...terminal, ...told, kind: 'wandered' };
    return { ...unknown(`no home of this look has its name; ${report.reason}`), kind: 'no_home' };
  }
  const stranger = report.now && otherProgramReason(claim, report.now);
  if (stranger == null) return { ...unknown(report.reason), evidence: report.evidence };
  return dead(kindOfOther(claim, report.now), stranger, report.evidence);
}

/**
 * Why a process that runs none of the commands is not the row's session: its program file cannot be an agent under
 * another title (a shell at its prompt, or any program outside of the home), or it started after the row was written.
 * A launcher, and a shell that runs a script, may be about to become the agent.
 * In the home itself time is no proof, since clocks are set: there an agent may have changed its title.
 */
function otherProgramReason(claim: Claim, { file, place, command, startedAt }: Running): string | null {
  const written = claimedAt(claim);
  const isLater = written && startedAt && startedAt.getTime() > written.getTime() + CLOCK_SLACK_MS;
  const started = isLater
    ? `started ${ago(written, startedAt)} after the row was written`
    : 'which is none of the commands';
  const isOther = file === 'shell' || (place === 'elsewhere' && (file === 'other' || isLater));
  return isOther ? `${claim.pid} is ${command.text} now, ${started}` : null;
}

/** A process that was there when the row was written has left; of another one the number was used again. */
function kindOfOther(claim: Claim, now: Running | null): DriftKind {
  const written = claimedAt(claim);
  const wasThere = written && now?.startedAt && now.startedAt.getTime() <= written.getTime() + CLOCK_SLACK_MS;
  return wasThere || now?.place === 'home' ? 'left' : 'reused_pid';
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

function alive(kind: DriftKind, session: Session, reason: string): Comparison {
  return { kind, verdict: 'alive', should: { alive: session }, reason, evidence: session.evidence };
}

function dead(kind: DriftKind, reason: string, evidence: readonly Evidence[]): Comparison {
  return { kind, verdict: 'dead', should: 'dead', reason, evidence };
}

function ambiguous(reason: string, evidence: readonly Evidence[]): Comparison {
  return { kind: 'ambiguous', verdict: 'ambiguous', should: null, reason, evidence };
}

function unknown(reason: string): Comparison {
  return { kind: 'unknown', verdict: 'unknown', should: null, reason, evidence: [] };
}
