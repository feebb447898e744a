import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/fdw/endpoint.ts';
import { applyInstall, applyRemove, type InstallOptions, planInstall, planRemove } from '../../src/fdw/install.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import { fakeEndpoint } from '../makers/fake-endpoint.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';

async function install(url: string, endpoints: string[], options: Partial<InstallOptions> = {}) {
  const database = await openPostgres(url, {});
  try {
    const planned = await planInstall(database, {
      schema: 'kernel',
      tables: LIVE_TABLES,
      mapping: null,
      view: null,
      grants: [],
      endpoints: parseEndpoints(endpoints).map((it) => ({ ...it, password: null })),
      ...options,
    });
    const notes = await applyInstall(database, planned, LIVE_TABLES);
    return { ...planned, notes };
  } finally {
    await database.close();
  }
}

describe.each(postgresVersions().slice(-1))('plumb fdw in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('first', async () => {
    const far = fakeEndpoint(server(), 'host-a');
    const url = server().createDatabase();
    const name = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const done = await install(url, [far.url]);
    console.log(done.shown.join('\n').slice(0, 3000));
    console.log(server().psql('select * from kernel.hosts', name));
    console.log(server().psql('select count(*) from kernel.sessions where host_id = any (kernel.up())', name));
    await install(url, [far.url]);
  });
});
