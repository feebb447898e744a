import type { Snapshot } from '../../model/snapshot.ts';
import { toText } from '../../model/text.ts';
import { byName, type DeadLine, type DeathCause } from '../dead.ts';
import type { DriftKind } from '../drift.ts';
import { storedText } from '../stored-text.ts';
import type { Claim } from './claim.ts';
import type { Compared, TablePlan } from './plan.ts';

/** How a row differs whose process is proven to have ended; how it ended where that alone says it. */
const KINDS: ReadonlyMap<DriftKind, DeathCause> = new Map([
  ['dead_pid', 'exited'],
  ['restarted', 'exited'],
  ['reused_pid', 'exited'],
  ['left', 'left'],
  ['no_session', 'emptied'],
]);

/**
 * Which rows of somebody else's table are dead: those that do not say so yet, and those that do, by name.
 * @param recorded the rows that say dead
 */
export function deadOfTable(
  snapshot: Pick<Snapshot, 'sessions' | 'incumbents'>,
  { compared }: Pick<TablePlan, 'compared'>,
  recorded: readonly Claim[],
): DeadLine[] {
  const endings = new Map(snapshot.incumbents.map((it) => [storedText(toText(it.name)), it.ending]));
  const living = new Set(snapshot.sessions.map(({ name }) => storedText(name)));
  const found = compared.flatMap((it) => deadOf(it, endings.get(it.name) === 'rebooted'));
  const said = recorded.filter(({ name }) => !living.has(name)).map(deadOfClaim);
  return [...found, ...said].sort(byName);
}

function deadOf({ claim, kind, should, reason, evidence }: Compared, isRebooted: boolean): DeadLine[] {
  const cause = kind === null ? undefined : KINDS.get(kind);
  if (claim?.says !== 'alive' || cause === undefined || should === null) return [];
  const successor = should === 'dead' ? null : should.alive.pid;
  const why = cause === 'exited' && isRebooted ? 'rebooted' : cause;
  return [{ ...lineOf(claim), recorded: false, cause: why, successor, proof: reason, evidence }];
}

function deadOfClaim(claim: Claim): DeadLine {
  const proof = 'the row says so, and no session has its name';
  return { ...lineOf(claim), recorded: true, cause: null, successor: null, proof, evidence: [] };
}

function lineOf({ name, pid, startedAt, endedAt }: Claim) {
  return { name, pid, startTimeTicks: null, bootId: null, startedAt, endedAt };
}
