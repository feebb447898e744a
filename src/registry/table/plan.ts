import type { IncumbentReport } from '../../model/incumbent.ts';
import type { Session } from '../../model/session.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ColumnKind, TableMapping } from '../../model/table-mapping.ts';
import { toText } from '../../model/text.ts';
import { holdDeaths, usualLimit } from '../brake.ts';
import { checkSight, requireHostId } from '../host.ts';
import { homeSights } from '../name-facts.ts';
import { storedText } from '../stored-text.ts';
import { type Claim, claimedAt } from './claim.ts';
import { type ClaimFacts, type Comparison, compareClaim, compareWithSession } from './compare.ts';
import { aliveValues, deadValues, differingColumns, terminalPrefix, type Values, type Writing } from './values.ts';

/** One name of the table beside the kernel. */
export interface Compared extends Comparison {
  readonly name: string;
  /** Null for a session that nobody has registered. */
  readonly claim: Claim | null;
  /** What the row should hold; null where it is right, or nothing can be said. */
  readonly values: Values | null;
  /** In which columns that differs from what it holds. */
  readonly columns: readonly ColumnKind[];
}

/** What makes a table match one look. */
export interface TablePlan {
  readonly hostId: string;
  /** Everything that was compared, by name. */
  readonly compared: readonly Compared[];
  /** What is written: rows that change, and new ones where the mapping inserts. */
  readonly changes: readonly Compared[];
  /** Proven deaths that are too many at once to be believed after one look. */
  readonly held: readonly Compared[];
  /** Rows that are right and whose `observed_at` is renewed, since their readers take it for a heartbeat. */
  readonly touched: readonly Compared[];
}

/** How careful to be; as for `plan`. */
export interface TablePlanOptions {
  readonly maxDeaths?: number | null;
  readonly force?: boolean;
  /** The deaths that an earlier look has proven as well. */
  readonly provenBefore?: readonly Compared[];
}

/**
 * Works out what to write so that somebody else's table says what one look has seen. Pure.
 * @param snapshot a look that was asked about the bare pids of these rows
 * @throws {PlumblineError} `config` without a host id, `blind` where /proc is not our own
 */
export function planTable(
  snapshot: Snapshot,
  claims: readonly Claim[],
  mapping: TableMapping,
  options: TablePlanOptions = {},
): TablePlan {
  checkSight(snapshot);
  const hostId = requireHostId(snapshot.host);
  const { observedAt } = snapshot;
  const writing: Writing = { mapping, hostId, observedAt, terminalPrefix: terminalPrefix(claims) };
  const compared = compareAll(snapshot, claims, writing);
  const changes = compared.filter((it) => it.values !== null && (it.claim !== null || mapping.insert));
  const held = heldDeaths(changes, claims, snapshot, options);
  const touched = compared.filter((it) => isStale(it, mapping, observedAt));
  return {
    hostId,
    compared,
    changes: changes.filter((change) => !held.includes(change)),
    held,
    touched: touched.map((it) => ({ ...it, values: { observed_at: observedAt.toISOString() } })),
  };
}

function compareAll(snapshot: Snapshot, claims: readonly Claim[], writing: Writing): Compared[] {
  const sessions = new Map(snapshot.sessions.map((session) => [storedText(session.name), session]));
  let factsOf: ReturnType<typeof claimFacts> | null = null;
  const rows = claims.map((claim): Compared => {
    const session = sessions.get(claim.name) ?? null;
    let comparison = compareWithSession(claim, session);
    if (!comparison) {
      factsOf ??= claimFacts(snapshot, writing);
      comparison = compareClaim(factsOf(claim, session));
    }
    return withValues(comparison, { name: claim.name, claim }, writing);
  });
  const registered = new Set(claims.map(({ name }) => name));
  const fresh = [...sessions].filter(([name, { verdict }]) => !registered.has(name) && verdict !== 'unknown');
  return [
    ...rows,
    ...fresh.map(([name, session]) => withValues(missingRow(session), { name, claim: null }, writing)),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is known of rows beyond the session of their home. */
function claimFacts(snapshot: Snapshot, { hostId, mapping }: Writing) {
  const reports = new Map(snapshot.incumbents.map((it) => [storedText(toText(it.name)), it]));
  const owners = new Map(snapshot.sessions.flatMap((it) => (it.pid === null ? [] : [[it.pid, it] as const])));
  const sightOf = homeSights(snapshot);
  const hidesProcesses = hidesSome(snapshot);
  return (claim: Claim, session: Session | null): ClaimFacts => {
    const { name, pid } = claim;
    return {
      claim,
      isOurs: claim.host === hostId || (claim.host === null && mapping.thisHost),
      session,
      report: pid === null ? null : (reports.get(name) ?? UNASKED),
      otherName: otherName(name, pid === null ? undefined : owners.get(pid)),
      home: sightOf(name, null),
      hidesProcesses,
    };
  };
}

const UNASKED: Omit<IncumbentReport, 'name' | 'incumbent'> = {
  verdict: 'unknown',
  ending: null,
  place: null,
  now: null,
  innerOf: null,
  session: null,
  reason: 'nobody asked about its pid',
  evidence: [],
};

function otherName(name: string, owner: Session | undefined): string | null {
  return owner && storedText(owner.name) !== name ? storedText(owner.name) : null;
}

function missingRow(session: Session): Comparison {
  const { evidence } = session;
  if (session.verdict === 'ambiguous') {
    return { kind: 'ambiguous', verdict: 'ambiguous', should: null, reason: evidence[0]?.value ?? '', evidence };
  }
  const reason = 'the session lives, and has no row';
  return { kind: 'missing_row', verdict: 'alive', should: { alive: session }, reason, evidence };
}

function withValues(
  comparison: Comparison,
  { name, claim }: Pick<Compared, 'name' | 'claim'>,
  writing: Writing,
): Compared {
  const { kind, verdict, should, reason, evidence } = comparison;
  // Written out, since a spread takes four times as long, and every row comes here.
  if (should === null) return { name, claim, kind, verdict, should, reason, evidence, values: null, columns: [] };
  const values = should === 'dead' ? deadValues(writing) : aliveValues(should.alive, claim, writing);
  const columns = differingColumns(claim, values);
  return { name, claim, kind, verdict, should, reason, evidence, values, columns };
}

/** In a container what is outside of it is hidden, and has no number here. */
function hidesSome({ coverage }: Snapshot): boolean {
  const codes = new Set(coverage.reasons.map(({ code }) => code));
  if (codes.has('stat_denied') || codes.has('uncountable')) return true;
  return codes.has('hidden') && !codes.has('pid_namespace');
}

function heldDeaths(
  changes: readonly Compared[],
  claims: readonly Claim[],
  { host, coverage }: Snapshot,
  { maxDeaths, force, provenBefore }: TablePlanOptions,
): readonly Compared[] {
  const ofThisBoot = (claim: Claim) => {
    const written = claimedAt(claim);
    return !written || !host.bootedAt || written >= host.bootedAt;
  };
  const deaths = changes.filter(({ should, claim }) => should === 'dead' && claim !== null && ofThisBoot(claim));
  if (deaths.length === 0) return [];
  const alive = claims.filter((claim) => claim.says === 'alive' && ofThisBoot(claim));
  return holdDeaths(deaths, {
    limit: maxDeaths ?? usualLimit(alive.length),
    force: force ?? false,
    isComplete: coverage.complete,
    hasLeft: ({ kind }) => kind === 'left',
    isProven: ({ name, kind, claim }) =>
      provenBefore?.some((it) => it.name === name && it.kind === kind && it.claim?.pid === claim?.pid) ?? false,
  });
}

function isStale({ kind, claim }: Compared, { touchSeconds, columns }: TableMapping, now: Date): boolean {
  if (touchSeconds === null || columns.observed_at === undefined || kind !== null || claim?.says !== 'alive')
    return false;
  return !claim.observedAt || now.getTime() - claim.observedAt.getTime() >= touchSeconds * 1000;
}
