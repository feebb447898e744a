import type { ClaimHolder } from '../model/claim.ts';
import type { Evidence } from '../model/evidence.ts';
import type { FlockHolder, FlockReport } from '../model/lock.ts';
import type { Session } from '../model/session.ts';
import { toText } from '../model/text.ts';
import { displayName, programOf } from './program.ts';

/**
 * Who has claimed a session, the most telling first: those that have inherited the lock (the command that runs under
 * the claim, then what it has started) before the plumb that took it. Null where it cannot be told.
 */
export function claimHolders(report: FlockReport): readonly ClaimHolder[] | null {
  switch (report.kind) {
    case 'none':
      return [];
    case 'held':
      return [...report.holders].sort(compareHolders).map(({ pid, facts }) => {
        return { pid, command: toText(displayName(programOf(facts))), verified: true };
      });
    case 'unverified':
      return [{ pid: report.callerPid, command: null, verified: false }];
    default:
      return null;
  }
}

/** A session with who has claimed it, and how that can be checked. */
export function withClaims(session: Session, report: FlockReport): Session {
  const claimedBy = claimHolders(report);
  return { ...session, claimedBy, evidence: [...session.evidence, ...claimEvidence(report, claimedBy ?? [])] };
}

/** `4711 (python3)`; of one that could not be looked into only what the lock table says. */
export function describeHolder({ pid, command, verified }: ClaimHolder): string {
  if (verified && command) return `${pid} (${command.text})`;
  return pid === null ? 'unknown' : `unknown (${pid} in the lock table, unverified)`;
}

function compareHolders(a: FlockHolder, b: FlockHolder): number {
  if (a.isCaller !== b.isCaller) return a.isCaller ? 1 : -1;
  const [first, second] = [a.facts.stat.startTimeTicks, b.facts.stat.startTimeTicks];
  return first < second ? -1 : first > second ? 1 : a.pid - b.pid;
}

/** What shows who has claimed a session; nothing where nobody has. */
export function claimEvidence(report: FlockReport, holders: readonly ClaimHolder[]): Evidence[] {
  if (report.kind === 'unknown') {
    return [{ fact: 'claimed by', value: `unknown: ${report.why}`, source: 'locks', check: null }];
  }
  return holders.map((holder) => ({
    fact: 'claimed by',
    value: describeHolder(holder),
    source: holder.verified ? `/proc/${holder.pid}/fdinfo` : '/proc/locks',
    check: holder.verified ? `grep -h FLOCK /proc/${holder.pid}/fdinfo/*` : 'grep FLOCK /proc/locks',
  }));
}
