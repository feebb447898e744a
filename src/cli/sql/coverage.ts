import {
  COVERAGE_REASONS,
  type Coverage,
  type CoverageCode,
  type CoverageReason,
  coverageOf,
  mergedReasons,
} from '../../model/coverage.ts';
import type { SqlResult } from './answer.ts';
import { resultObjects } from './answer-json.ts';

/** What a look is told by, beside its rows. */
export interface LookTold {
  readonly hostId: string | null;
  /** RFC 3339: when the first of the tables was looked at. */
  readonly observedAt: string;
  readonly coverage: Coverage;
}

/**
 * Asks what the tables that a transaction has read so far lack. Whatever the statements before have set, times are told
 * in one way.
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
export function readCoverage(result: SqlResult): LookTold | null {
  // The columns are those of the question.
  const rows = resultObjects(result) as unknown as readonly Row[];
  const [first] = rows;
  if (first === undefined) return null;
  const [observedAt = ''] = rows.map((row) => row.observed_at).sort();
  const damage = new Set(rows.flatMap((row) => row.damage ?? []));
  return { hostId: first.host_id, observedAt, coverage: coverageOf(reasonsOf(rows), [...damage]) };
}

/** A server that is newer than we are may have a reason that has no words here: it is told by its code. */
function reasonsOf(rows: readonly Row[]): CoverageReason[] {
  const reasons = rows.flatMap(({ code, count, pids }) =>
    code === null ? [] : [{ code: code as CoverageCode, count, pids }],
  );
  return mergedReasons(reasons);
}

/** Whether we have words for it. */
export function isKnownReason({ code }: CoverageReason): boolean {
  return Object.hasOwn(COVERAGE_REASONS, code);
}
