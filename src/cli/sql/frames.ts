import { commandTag, errorFields, framesOf, resultFields, rowValues, sqlErrorOf } from '../../sql/protocol/answer.ts';
import type { SqlError } from '../../sql/sql-error.ts';
import type { SqlColumn, SqlResult } from './answer.ts';

/** What a session has sent for one query. */
export interface Told {
  readonly results: readonly SqlResult[];
  /** What it says besides. */
  readonly notices: readonly string[];
  readonly error: SqlError | null;
}

/** Puts an answer in the frames of Postgres's protocol together: a result for each statement that has ended. */
export function readAnswer(frames: Uint8Array): Told {
  const results: SqlResult[] = [];
  const notices: string[] = [];
  let error: SqlError | null = null;
  let columns: readonly SqlColumn[] = [];
  let rows: (string | null)[][] = [];
  for (const { type, body } of framesOf(frames)) {
    if (type === 'T') columns = resultFields(body).map(({ name, typeOid }) => ({ name, typeOid }));
    else if (type === 'D') rows.push(rowValues(body).map((it) => it && Buffer.from(it).toString()));
    else if (type === 'N') notices.push(errorFields(body).get('M') ?? '');
    else if (type === 'E') error ??= sqlErrorOf(body);
    else if (type === 'C') {
      results.push({ columns, rows, tag: commandTag(body) });
      [columns, rows] = [[], []];
    }
  }
  return { results, notices, error };
}
