/** A newer plumb serves a database that is still on the schema before, and an older one goes on with the newer schema. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { examineRegistry } from '../../src/doctor/registry.ts';
import type { Host } from '../../src/model/snapshot.ts';
import { openRegistry } from '../../src/open-registry.ts';
import { makeFromTemplate } from '../../src/registry/embedded/directory.ts';
import { openPglite } from '../../src/registry/embedded/pglite.ts';
import { dataDirectory } from '../../src/registry/embedded/place.ts';
import { grantsSql } from '../../src/registry/migrate.ts';
import type { Registry } from '../../src/registry/registry.ts';
import sessionsSql from '../../src/registry/sql/0001_sessions.sql';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { HOST_ID } from '../reconcile/run.ts';
import { syncAll } from './history-shelves.ts';
import { makeStateDirectory, openEmbedded } from './registries.ts';

const SCHEMA_ONE = `${sessionsSql}
insert into plumbline.migrations (version, name, breaking) values (1, 'sessions', true);`;

/** What a plumb of schema 1 granted, word by word. */
const GRANTS_ONE = `grant usage on schema plumbline to clerk;
grant select on all tables in schema plumbline to clerk;
grant insert, update on plumbline.hosts, plumbline.sessions to clerk;
grant insert on plumbline.session_events to clerk;`;

/** What a plumb of schema 1 writes of an event, column by column. */
const EVENT_OF_AN_OLD_PLUMB = `insert into plumbline.session_events
  (host_id, name, at, event, boot_id, pid, start_time_ticks, evidence)
  values ('${HOST_ID}', 'old', '2001-01-01T00:00:00Z', 'started', null, 7, 8, '[]')`;

const HOST: Host = {
  id: 'another',
  bootId: null,
  pidNamespace: null,
  timeNamespace: null,
  machineUuid: null,
  bootedAt: null,
};

/** ada on a terminal. */
function ada(terminal: string): string {
  return `homes /srv/agents/*
commands claude
dir /srv/agents/ada
proc 110 claude tty=${terminal} fg cwd=/srv/agents/ada
sync
expect
`;
}

/** What is kept of each event: its name, and the terminals before and after. */
async function told(registry: Registry): Promise<string[]> {
  const events = await registry.history();
  return events.map(({ event, before, after }) => `${event}: ${before?.terminal ?? '-'} ${after?.terminal ?? '-'}`);
}

describe('the embedded registry with schema 1', () => {
  async function make(): Promise<string> {
    const directory = makeStateDirectory();
    await makeFromTemplate(dataDirectory(directory));
    const database = await openPglite(dataDirectory(directory));
    await database.script(SCHEMA_ONE);
    await database.script(EVENT_OF_AN_OLD_PLUMB);
    await database.close();
    return directory;
  }

  it('is read as it is by who only looks', async () => {
    const registry = await openRegistry({ directory: await make(), mends: false });
    onTestFinished(() => registry.close());
    expect(await registry.schema()).toMatchObject({ version: 1 });
    expect(await told(registry)).toEqual(['started: - -']);
    expect((await registry.history())[0]).toMatchObject({ pid: 7, startTimeTicks: 8n, before: null, after: null });
  });

  it('is brought to this one by who writes, and keeps its past', async () => {
    const registry = await openEmbedded(await make());
    await syncAll(registry, ada('pts/0'));
    expect(await told(registry)).toEqual(['started: - -', 'started: - pts/0']);
  });
});

describe.each(postgresVersions())('a server with schema 1 in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('is served with the grants of then; with the one of now they still do, but for old events', async () => {
    const url = server().createDatabase();
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    server().psql(SCHEMA_ONE, database);
    server().psql('create role clerk login', database);
    server().psql(GRANTS_ONE, database);
    server().psql(EVENT_OF_AN_OLD_PLUMB, database);
    const open = () => openRegistry({ url: server().url(database, 'clerk') });
    const clerk = await open();
    onTestFinished(() => clerk.close());
    const doctor = () => examineRegistry({ openRegistry: open, registryPlace: '' }, HOST);

    await syncAll(clerk, ada('pts/0'), { historyDays: 1 });
    expect(await told(clerk)).toEqual(['started: - -', 'started: - -']);
    expect((await clerk.history())[1]).toMatchObject({ pid: 110, bootId: expect.any(String), after: null });
    expect((await clerk.history())[1]?.evidence).not.toEqual([]);
    expect(await clerk.missingPrivileges()).toEqual([]);
    expect(await doctor()).toMatchObject({ state: 'fine', found: expect.stringContaining('schema 1 of 4') });

    const owner = await openRegistry({ url });
    onTestFinished(() => owner.close());
    expect(await owner.migrate()).toEqual([2, 3, 4]);
    server().psql(EVENT_OF_AN_OLD_PLUMB, database);
    // The same connection goes on: a watcher lives longer than a schema.
    await syncAll(clerk, ada('pts/1'), { historyDays: 1 });
    expect(await told(clerk)).toEqual(['started: - -', 'started: - -', 'started: - -', 'moved: pts/0 pts/1']);
    expect(await clerk.missingPrivileges()).toContain('delete on plumbline.session_events');
    expect(await doctor()).toMatchObject({
      state: 'lost',
      found: expect.stringContaining('delete on plumbline.session_events'),
      lost: expect.stringContaining('old events'),
      mend: 'plumb sync --init shows the least grants',
    });

    await owner.script(grantsSql('clerk'));
    await syncAll(clerk, ada('pts/2'), { historyDays: 1 });
    expect((await clerk.history({ name: 'old' })).length).toBe(0);
    expect(await doctor()).toMatchObject({ state: 'fine', found: expect.stringContaining('schema 4 of 4') });
  });
});
