import { COVERAGE_REASONS, type CoverageReason } from '../model/coverage.ts';
import { type Column, nested, type Relation } from './column.ts';

/** What was not seen of one table, for one reason; or that all of it was. */
export interface CoverageRow {
  readonly table: string;
  readonly complete: boolean;
  /** Null where there is none. */
  readonly reason: CoverageReason | null;
  /** What could not be understood of kernel files, where that is the reason. */
  readonly damage: readonly string[] | null;
}

const PID: readonly Column<number>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it },
];

/** How complete what other tables tell is. */
export const LIVE_COVERAGE: Relation<CoverageRow> = {
  name: 'coverage',
  doc: 'What could not be seen: one row a table and a reason, and one without a reason for a table of which nothing is missing.',
  columns: [
    { name: 'table_name', type: 'word', unit: null, doc: 'the table that it is about', value: (it) => it.table },
    {
      name: 'complete',
      type: 'boolean',
      unit: null,
      doc: 'whether the table has all rows: only then does a row that is not there say that there is none',
      value: (it) => it.complete,
    },
    {
      name: 'code',
      type: 'word',
      unit: null,
      doc: 'the reason, as `coverage.reasons` of JSON has it; null where there is none',
      value: (it) => it.reason?.code ?? null,
    },
    {
      name: 'reason',
      type: 'word',
      unit: null,
      doc: 'the same in words',
      value: (it) => it.reason && COVERAGE_REASONS[it.reason.code],
    },
    {
      name: 'count',
      type: 'integer',
      unit: null,
      doc: 'how many could not be seen; 0 without a reason',
      value: (it) => it.reason?.count ?? 0,
    },
    nested(
      { name: 'pids', type: 'list', unit: null, doc: 'the processes concerned, as far as their numbers are known' },
      PID,
      (it: CoverageRow) => it.reason?.pids ?? [],
    ),
    {
      name: 'damage',
      type: 'words',
      unit: null,
      doc: 'of `malformed`: what could not be understood of kernel files, some of it where there is much; null else',
      value: (it) => it.damage,
    },
  ],
};
