import { COVERAGE_REASONS, type CoverageCode, type CoverageReason, mergedCoverage } from '../../model/coverage.ts';
import type { Lacking } from '../../sql/tables/live-table.ts';
import type { SqlResult } from './answer.ts';
import { resultObjects } from './answer-json.ts';

/**
 * Asks a server what the tables that a transaction has read so far lack. Whatever the statements before have set, times are
 * told in one way.
 */
export const ASK_COVERAGE = `select code, count, pids, damage, host_id,
  to_char(observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as observed_at
from public.coverage where table_name <> 'coverage'`;

interface Row {
  readonly code: string | null;
  readonly count: number;
  readonly pids: readonly number[];
  readonly damage: readonly string[] | null;
  readonly host_id: string | null;
  readonly observed_at: string;
}

/** What it answers, of all tables together; null where no table was read. */
export function readCoverage(result: SqlResult): Lacking | null {
  // The columns are those of the question.
  const rows = resultObjects(result) as unknown as readonly Row[];
  const [first] = rows;
  if (first === undefined) return null;
  const { source: _, ...coverage } = mergedCoverage(
    rows.map((row) => ({ reasons: reasonOf(row), damage: row.damage ?? [] })),
  );
  // A server does not say which homes it was told of.
  return { hostId: first.host_id, observedAt: new Date(first.observed_at), coverage, unmatchedPatterns: [] };
}

/** A server that is newer than we are may have a reason that has no words here: it is told by its code. */
function reasonOf({ code, count, pids }: Row): CoverageReason[] {
  return code === null ? [] : [{ code: code as CoverageCode, count, pids }];
}

/** What several looks lack, which are all that was read for one answer; null where nothing was. */
export function lackingOf(looks: readonly Lacking[]): Lacking | null {
  const [first] = looks;
  return first ? { ...first, coverage: mergedCoverage(looks.map(({ coverage }) => coverage)) } : null;
}

/** Whether we have words for it. */
export function isKnownReason({ code }: CoverageReason): boolean {
  return Object.hasOwn(COVERAGE_REASONS, code);
}
