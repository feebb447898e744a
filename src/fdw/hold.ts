import type { Database } from '../registry/database.ts';
import type { Names } from './names.ts';

/** Waits until no other plumb installs or removes there, and keeps them out until the transaction ends. */
export async function holdInstallation(database: Database, { schema }: Names): Promise<void> {
  const key = `plumbline:fdw:${schema}`;
  await database.query('select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1::text, 0::bigint))', [
    key,
  ]);
}
