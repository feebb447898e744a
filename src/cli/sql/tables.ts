import { nearest } from '../../config/nearest.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { LiveTable } from '../../sql/tables/live-table.ts';
import type { SqlResult } from './answer.ts';

const TEXT = 25;

/** What there is to ask, as a result of SQL. */
export function tablesOf(tables: readonly LiveTable[]): SqlResult {
  return resultOf(
    ['table', 'what it holds'],
    tables.map(({ name, comment }) => [name, comment]),
  );
}

/**
 * The columns of one table.
 * @throws {PlumblineError} `usage` where there is no such table
 */
export function columnsOfTable(tables: readonly LiveTable[], name: string): SqlResult {
  const table = tables.find((it) => it.name === name);
  if (table) {
    return resultOf(
      ['column', 'type', 'what it is'],
      table.columns.map((it) => [it.name, it.type, it.comment]),
    );
  }
  const names = tables.map((it) => it.name);
  const meant = nearest(name, names);
  throw new PlumblineError('usage', `there is no table ${name}`, {
    hint: meant === null ? `tables: ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}

function resultOf(names: readonly string[], rows: readonly (readonly string[])[]): SqlResult {
  return { columns: names.map((name) => ({ name, typeOid: TEXT })), rows, tag: `SELECT ${rows.length}` };
}
