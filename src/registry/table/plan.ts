import { seesOwnNamespace } from '../../model/coverage.ts';
import type { IncumbentReport } from '../../model/incumbent.ts';
import type { Session } from '../../model/session.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ColumnKind, TableMapping } from '../../model/table-mapping.ts';
import { toText } from '../../model/text.ts';
import { type DeathOptions, holdDeaths } from '../brake.ts';
import { checkSight, requireHostId } from '../host.ts';
import { homeSights } from '../name-facts.ts';
import { storedText } from '../stored-text.ts';
import { type Claim, claimedAt, isCanonical } from './claim.ts';
import { type ClaimFacts, type Comparison, compareClaim, compareOwn } from './compare.ts';
import { type PaneForm, usualPaneForm } from './pane-forms.ts';
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
  readonly observedAt: Date;
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
export interface TablePlanOptions extends DeathOptions<Compared> {
  /** By how much the database's clock is ahead of ours. */
  readonly clockSkewMs?: number;
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
  const { clockSkewMs = 0 } = options;
  let usual: PaneForm | null = null;
  const usualPane = () => {
    usual ??= usualPaneForm(claims.map(({ values }) => values.pane));
    return usual;
  };
  const prefix = terminalPrefix(claims);
  const writing: Writing = { mapping, hostId, observedAt, terminalPrefix: prefix, usualPane, clockSkewMs };
  const compared = compareAll(snapshot, claims, writing);
  const changes = compared.filter((it) => it.values !== null && (it.claim !== null || mapping.insert));
  const held = heldDeaths(changes, claims, snapshot, options);
  const touched = compared.filter((it) => isStale(it, mapping, observedAt));
  return {
    hostId,
    observedAt,
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
    let comparison = compareOwn(claim, session, isOurs(claim, writing));
    if (!comparison) {
      factsOf ??= claimFacts(snapshot, writing);
      comparison = compareClaim(factsOf(claim, session));
    }
    return withValues(comparison, claim.name, claim, writing);
  });
  const registered = new Set(claims.map(({ name }) => name));
  const fresh = [...sessions].filter(([name, { verdict }]) => !registered.has(name) && verdict !== 'unknown');
  const missing = fresh.map(([name, session]) => withValues(missingRow(session), name, null, writing));
  return [...rows, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isOurs({ host }: Claim, { hostId, mapping }: Writing): boolean {
  return host === hostId || (host === null && mapping.thisHost);
}

/** What is known of rows beyond the session of their home. */
function claimFacts(snapshot: Snapshot, writing: Writing): (claim: Claim, session: Session | null) => ClaimFacts {
  const { hostId, clockSkewMs } = writing;
  const reports = new Map(snapshot.incumbents.map((it) => [storedText(toText(it.name)), it]));
  const owners = new Map(snapshot.sessions.flatMap((it) => (it.pid === null ? [] : [[it.pid, it] as const])));
  const sightOf = homeSights(snapshot);
  const hidesFrom = hidden(snapshot);
  return (claim, session) => {
    const { name, pid } = claim;
    return {
      claim,
      isOurs: isOurs(claim, writing),
      otherHost: claim.host === null || claim.host === hostId ? null : claim.host,
      session,
      report: pid === null ? null : ((isCanonical(name) ? reports.get(name) : null) ?? UNASKED),
      otherName: otherName(name, pid === null ? undefined : owners.get(pid)),
      home: sightOf(name, null),
      hidesProcesses: hidesFrom(claim),
      clockSkewMs,
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
  reason: 'its key is no name as plumbline writes one: a backslash stands twice',
  evidence: [],
};

function otherName(name: string, owner: Session | undefined): string | null {
  return owner && storedText(owner.name) !== name ? storedText(owner.name) : null;
}

function missingRow(session: Session): Comparison {
  const { evidence } = session;
  if (session.verdict === 'ambiguous') {
    const reason = evidence[0]?.value ?? '';
    return { kind: 'ambiguous', verdict: 'ambiguous', should: null, reason, evidence, isByTime: false };
  }
  const reason = 'the session lives, and has no row';
  return { kind: 'missing_row', verdict: 'alive', should: { alive: session }, reason, evidence, isByTime: false };
}

function withValues(comparison: Comparison, name: string, claim: Claim | null, writing: Writing): Compared {
  const { kind, verdict, should, reason, evidence, isByTime } = comparison;
  // Written out, since a spread takes four times as long, and every row comes here.
  if (should === null) {
    return { name, claim, kind, verdict, should, reason, evidence, isByTime, values: null, columns: NO_COLUMNS };
  }
  const values = should === 'dead' ? deadValues(writing) : aliveValues(should.alive, claim, writing);
  const columns = differingColumns(claim, values);
  return { name, claim, kind, verdict, should, reason, evidence, isByTime, values, columns };
}

const NO_COLUMNS: readonly ColumnKind[] = [];

/**
 * Whether a number that nobody has may be one that we cannot see. In a pid namespace of our own that is whatever is
 * outside of it, unless the row says itself that it was counted here.
 */
function hidden({ coverage, host }: Snapshot): (claim: Claim) => boolean {
  const codes = new Set(coverage.reasons.map(({ code }) => code));
  if (codes.has('stat_denied') || codes.has('uncountable')) return () => true;
  if (codes.has('pid_namespace')) return (claim) => claim.host === null || claim.host !== host.id;
  return () => codes.has('hidden');
}

function heldDeaths(
  changes: readonly Compared[],
  claims: readonly Claim[],
  { host, coverage }: Snapshot,
  options: TablePlanOptions,
): readonly Compared[] {
  const ofThisBoot = (claim: Claim) => {
    const written = claimedAt(claim);
    return !written || !host.bootedAt || written >= host.bootedAt;
  };
  const ours = claims.filter(({ host: its }) => its === null || its === requireHostId(host));
  const alive = ours.filter((claim) => claim.says === 'alive' && ofThisBoot(claim));
  const deaths = changes.filter(({ should, claim }) => should === 'dead' && claim !== null && ofThisBoot(claim));
  const hasLeft = ({ kind }: Compared) => kind === 'left';
  const pass = { alive: alive.length, seesAll: seesOwnNamespace(coverage), hasLeft, isSame: isSameEnd };
  return holdDeaths(deaths, pass, options);
}

/** The same end of the same row's process. */
export function isSameEnd(a: Compared, b: Compared): boolean {
  return a.name === b.name && a.kind === b.kind && a.claim?.pid === b.claim?.pid;
}

function isStale({ verdict, values, claim }: Compared, { touchSeconds, columns }: TableMapping, now: Date): boolean {
  if (touchSeconds === null || columns.observed_at === undefined) return false;
  if (verdict !== 'alive' || values !== null || claim?.says !== 'alive') return false;
  return !claim.observedAt || now.getTime() - claim.observedAt.getTime() >= touchSeconds * 1000;
}
