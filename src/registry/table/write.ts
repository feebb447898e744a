import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import type { Database } from '../database.ts';
import type { TableCatalog } from './catalog.ts';
import type { Compared } from './plan.ts';
import { guardedValues, writeSql } from './statements.ts';

/** What became of the changes of a plan. */
export interface Written {
  /** The names that were written. */
  readonly names: ReadonlySet<string>;
  /** Those that the table refuses, with the server's reason: a value that does not fit, a check, a trigger. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Writes rows in one statement, within the caller's transaction. If the table refuses one of them, each is written for
 * itself: one row that cannot be written must not keep the others from being right.
 * @throws {PlumblineError} what is not about a row
 */
export async function writeRows(
  database: Database,
  catalog: TableCatalog,
  mapping: TableMapping,
  changes: readonly Compared[],
): Promise<Written> {
  const sql = writeSql(catalog, mapping);
  const all = await attempt(database, () => write(database, sql, mapping, changes));
  if (!(all instanceof PlumblineError)) return { names: all, refused: new Map() };
  const names = new Set<string>();
  const refused = new Map<string, string>();
  for (const change of changes) {
    const one = await attempt(database, () => write(database, sql, mapping, [change]));
    if (one instanceof PlumblineError) refused.set(change.name, one.message);
    else for (const name of one) names.add(name);
  }
  return { names, refused };
}

async function write(
  database: Database,
  sql: string,
  { insert }: TableMapping,
  changes: readonly Compared[],
): Promise<ReadonlySet<string>> {
  const updates = changes.filter(({ claim }) => claim !== null).map(encode);
  const inserts = changes.filter(({ claim }) => claim === null).map(encode);
  const parameters = [JSON.stringify(updates), ...(insert ? [JSON.stringify(inserts)] : [])];
  const { rows } = await database.query(sql, parameters);
  return new Set(rows.map((row) => row['name'] ?? ''));
}

/** A statement that may fail without ending the transaction. */
async function attempt<T>(database: Database, run: () => Promise<T>): Promise<T | PlumblineError> {
  await database.query('savepoint plumbline_rows');
  try {
    const result = await run();
    // Constraints that wait for the commit would fail there for all rows.
    await database.query('set constraints all immediate');
    await database.query('release savepoint plumbline_rows');
    return result;
  } catch (error) {
    if (!(error instanceof PlumblineError) || !isAboutRow(error)) throw error;
    await database.query('rollback to savepoint plumbline_rows');
    return error;
  }
}

/** Data that does not fit, constraints, whatever a trigger raises: all but what is wrong with the connection or the server. */
function isAboutRow({ sqlState }: PlumblineError): boolean {
  return sqlState !== null && !/^(?:08|25|40|53|55|57|58|XX)/.test(sqlState);
}

function encode({ name, claim, values, isByTime }: Compared) {
  return { name, was: guardedValues(claim?.values ?? {}, isByTime), set: values ?? {} };
}
