import { PlumblineError } from '../model/errors.ts';
import { type Database, transaction } from '../registry/database.ts';
import { holdInstallation } from './hold.ts';
import { EXTENSION_OF, removeSql } from './installation.ts';
import { type Names, namesOf } from './names.ts';
import { readState } from './state.ts';

/**
 * Takes an installation out, in one transaction.
 * @param keeps whether it is only tried: what depends on it is told, and all stays as it is
 * @returns the statements that do it
 * @throws {PlumblineError} `schema` where there is none, or the schema is somebody else's; `registry` with what depends on
 *   it; then nothing is changed
 */
export async function removeInstallation(database: Database, schema: string, keeps: boolean): Promise<string[]> {
  const names = namesOf(schema);
  const run = async () => {
    await holdInstallation(database, names);
    const statements = await planRemove(database, names);
    for (const statement of statements) await database.query(statement);
    return statements;
  };
  if (!keeps) return transaction(database, run);
  await database.query('begin');
  try {
    return await run();
  } finally {
    // Where the connection is cut there is nothing to undo, and the first error is the one that counts.
    await database.query('rollback').catch(() => {});
  }
}

async function planRemove(database: Database, names: Names): Promise<string[]> {
  const state = await readState(database, names, EXTENSION_OF.wire);
  if (state.isInstalled) return removeSql(state);
  throw new PlumblineError('schema', `${database.place} has no schema ${names.schema}: nothing is installed`, {
    hint: '--schema NAME, or another database: --db',
  });
}
