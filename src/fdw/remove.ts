import { PlumblineError } from '../model/errors.ts';
import { type Database, transaction } from '../registry/database.ts';
import { EXTENSION_OF, removeSql } from './installation.ts';
import { namesOf } from './names.ts';
import { readState } from './state.ts';

/**
 * The statements that take an installation out.
 * @throws {PlumblineError} `schema` where there is none, or the schema is somebody else's
 */
export async function planRemove(database: Database, schema: string): Promise<string[]> {
  const names = namesOf(schema);
  const state = await readState(database, names, EXTENSION_OF.wire);
  if (!state.isInstalled) {
    throw new PlumblineError('schema', `${database.place} has no schema ${schema}: nothing is installed`, {
      hint: '--schema NAME, or another database: --db',
    });
  }
  return removeSql(state);
}

/**
 * Takes it out, in one transaction.
 * @param keeps whether it is only tried: what depends on it is told, and all stays as it is
 * @throws {PlumblineError} `registry` with what depends on it; then nothing is changed
 */
export async function applyRemove(database: Database, statements: readonly string[], keeps: boolean): Promise<void> {
  const run = async () => {
    for (const statement of statements) await database.query(statement);
  };
  if (!keeps) return transaction(database, run);
  await database.query('begin');
  try {
    await run();
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
}
