import { execFileSync } from 'node:child_process';
import { applyInstall } from '../../src/fdw/apply.ts';
import { parseEndpoints } from '../../src/fdw/endpoint.ts';
import { type InstallOptions, planInstall } from '../../src/fdw/install.ts';
import { removeInstallation } from '../../src/fdw/remove.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import type { PostgresVersion } from './postgres-cluster.ts';

/** Installs the live tables of these endpoints into a database, and tells what was planned and noted. */
export async function installInto(url: string, endpoints: readonly string[], options: Partial<InstallOptions> = {}) {
  const database = await openPostgres(url, {});
  try {
    const planned = await planInstall(database, {
      schema: 'kernel',
      tables: LIVE_TABLES,
      mapping: null,
      view: null,
      grants: [],
      via: null,
      endpoints: () => parseEndpoints(endpoints).map((it) => ({ ...it, password: null })),
      program: () => {
        throw new Error('no program was given');
      },
      machine: () => {
        throw new Error('no machine was given');
      },
      ...options,
    });
    const { tables = LIVE_TABLES } = options;
    const verified = await applyInstall(database, planned, tables);
    return { ...planned, verified };
  } finally {
    await database.close();
  }
}

/** Takes an installation out. */
export async function removeFrom(url: string, schema = 'kernel', { keeps = false } = {}): Promise<readonly string[]> {
  const database = await openPostgres(url, {});
  try {
    return await removeInstallation(database, schema, keeps);
  } finally {
    await database.close();
  }
}

/** The name of the database of a URL that a test server has given. */
export function databaseOf(url: string): string {
  return /@\/(\w+)\?/.exec(url)?.[1] ?? '';
}

/** All that a database has, as SQL; pg_dump marks each dump with a word of its own. */
export function dumpOf({ bin }: PostgresVersion, url: string): string {
  const text = execFileSync(`${bin}/pg_dump`, ['--schema-only', url.replace('@/', '@localhost/')], {
    encoding: 'utf8',
  });
  return text.replace(/^\\(?:un)?restrict .*$/gm, '');
}
