import { describe, expect, it } from 'vitest';
import { examineRegistry } from '../../src/doctor/registry.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { Host } from '../../src/model/snapshot.ts';
import { openRegistry } from '../../src/open-registry.ts';
import { grantsSql } from '../../src/registry/migrate.ts';
import { type Plan, plan } from '../../src/registry/plan.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { lookAt } from '../reconcile/run.ts';
import { parseScript } from '../reconcile/script.ts';
import { openServer } from './registries.ts';

/** What is thrown, which must be told well: where, what, and what to do. */
async function failure(run: () => Promise<unknown>): Promise<PlumblineError> {
  const thrown = await run().then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof PlumblineError) return thrown;
  throw new Error(`not a PlumblineError: ${String(thrown)}`);
}

/** The database's name in a URL that the server's maker has made. */
function databaseOf(url: string): string {
  return /@\/(\w+)\?/.exec(url)?.[1] ?? '';
}

async function aPlan(): Promise<Plan> {
  const { steps } = parseScript(`homes /srv/agents/*
commands claude
dir /srv/agents/ada
proc 110 claude tty=pts/0 fg cwd=/srv/agents/ada
sync
expect
`);
  const stored = { record: null, rows: [] };
  const [step] = steps;
  if (!step) throw new Error('no step');
  return plan(await lookAt(step, stored), stored);
}

describe.each(postgresVersions().slice(-1))('a registry in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  it('is not there: says so, and what to look at', async () => {
    const url = `postgres:///x?host=${server().directory}`;
    const error = await failure(() => openRegistry({ url }));
    expect(error).toMatchObject({ code: 'registry', hint: expect.stringContaining('is the server running') });
    expect(error.message).toContain(`${server().directory}/.s.PGSQL.5432: there is no such socket`);
  });

  it('has no such database', async () => {
    const error = await failure(() => openRegistry({ url: server().url('nowhere') }));
    expect(error.message).toContain('there is no such database');
  });

  it('has no schema: it is not made unasked', async () => {
    const url = server().createDatabase();
    const error = await failure(() => openRegistry({ url }));
    expect(error).toMatchObject({ code: 'schema', hint: expect.stringContaining('plumb sync --init') });
    expect(server().psql(`select to_regnamespace('plumbline') is null`, databaseOf(url))).toBe('t');
  });

  it('has a newer schema: one that breaks this plumb is refused, another one is used', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const database = databaseOf(url);
    server().psql(`insert into plumbline.migrations (version, name, breaking) values (98, 'more', false)`, database);
    await (await openRegistry({ url })).close();
    server().psql(`insert into plumbline.migrations (version, name, breaking) values (99, 'other', true)`, database);
    const error = await failure(() => openRegistry({ url }));
    expect(error).toMatchObject({ code: 'schema', hint: 'use the newer plumb here as well' });
  });

  it('is read only: nothing is written, and it says so', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const readOnly = await openRegistry({ url, env: { PGOPTIONS: '-c default_transaction_read_only=on' } });
    const error = await failure(() => aPlan().then((it) => readOnly.exclusively('story', () => readOnly.apply(it))));
    expect(error.message).toContain('it is read only');
    await readOnly.close();
  });

  it('lets a role with the least grants do all that sync does, and nothing else', async () => {
    const url = server().createDatabase();
    const owner = await openServer(url);
    const database = databaseOf(url);
    server().psql(`create role clerk_${database} login`, database);
    await owner.script(grantsSql(`clerk_${database}`));
    const clerk = await openRegistry({ url: server().url(database, `clerk_${database}`) });
    await clerk.exclusively('story', async () => clerk.apply(await aPlan()));
    expect((await clerk.read('story')).rows).toHaveLength(1);
    const error = await failure(() => clerk.script('delete from plumbline.sessions'));
    expect(error.message).toContain('a privilege is missing');
    await clerk.close();
  });

  it('has another isolation level by default: two that meet both end well', async () => {
    const url = server().createDatabase();
    await openServer(url);
    const env = { PGOPTIONS: '-c default_transaction_isolation=serializable' };
    const both = await Promise.all([openRegistry({ url, env }), openRegistry({ url, env })]);
    const planned = await aPlan();
    const write = (it: Registry) =>
      it.exclusively('story', async () => {
        const { rows } = await it.read('story');
        if (rows.length === 0) await it.apply(planned);
      });
    await Promise.all(both.map(write));
    expect((await both[0]?.read('story'))?.rows).toHaveLength(1);
    await Promise.all(both.map((it) => it.close()));
  });

  it('has an encoding that cannot hold a name: says so', async () => {
    server().psql(`create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`);
    const registry = await openServer(server().url('latin'));
    const planned = await aPlan();
    const changes = planned.changes.map((it) => ({ ...it, name: '漢', after: { ...it.after, name: '漢' } }));
    const error = await failure(() => registry.apply({ ...planned, changes }));
    expect(error).toMatchObject({ code: 'registry', hint: expect.stringContaining('UTF8') });
  });

  it('is examined: a missing privilege, and rows of another place', async () => {
    const url = server().createDatabase();
    const owner = await openServer(url);
    const database = databaseOf(url);
    const host: Host = {
      id: 'story',
      bootId: 'b',
      pidNamespace: 1n,
      timeNamespace: 1n,
      machineUuid: null,
      bootedAt: null,
    };
    const look = (user?: string) => {
      const place = user === undefined ? url : server().url(database, user);
      return examineRegistry({ openRegistry: () => openRegistry({ url: place }), registryPlace: '' }, host);
    };
    expect(await look()).toMatchObject({ state: 'fine', found: expect.stringContaining('0 rows of this host') });
    server().psql(`create role reader_${database} login`, database);
    await owner.script(grantsSql(`reader_${database}`));
    server().psql(`revoke insert on plumbline.session_events from reader_${database}`, database);
    expect(await look(`reader_${database}`)).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('no right to insert on plumbline.session_events'),
      mend: 'plumb sync --init shows the least grants',
    });
    await owner.apply(await aPlan());
    expect(await look()).toMatchObject({ state: 'failed', found: expect.stringContaining('share the host id story') });
  });

  it('cuts the connection in the middle of a transaction: nothing is written', async () => {
    const url = server().createDatabase();
    const registry = await openServer(url);
    const database = databaseOf(url);
    const error = await failure(() =>
      registry.exclusively('story', async () => {
        await registry.apply(await aPlan());
        server().psql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`,
        );
      }),
    );
    expect(error.code).toBe('registry');
    expect((await (await openServer(url)).read('story')).rows).toEqual([]);
  });

  it('is changed by somebody else between reading and writing: nothing is overwritten', async () => {
    const url = server().createDatabase();
    const registry = await openServer(url);
    await registry.exclusively('story', async () => registry.apply(await aPlan()));
    const { rows } = await registry.read('story');
    const [row] = rows;
    if (!row) throw new Error('no row');
    server().psql(`update plumbline.sessions set command = 'mine'`, databaseOf(url));
    const change = {
      name: row.name,
      before: row,
      after: { ...row, command: 'ours' },
      fields: [],
      events: [],
      isDeath: false,
    };
    const stale: Plan = {
      hostId: 'story',
      changes: [change],
      held: [],
      kept: [],
      ambiguous: [],
      unchanged: [],
      host: null,
    };
    const error = await failure(() => registry.exclusively('story', () => registry.apply(stale)));
    expect(error).toMatchObject({ code: 'registry', hint: 'nothing was written; run it again' });
    expect((await registry.read('story')).rows[0]?.command).toBe('mine');
  });

  it('is migrated by two at once: both find it done', async () => {
    const url = server().createDatabase();
    const registries = await Promise.all([1, 2, 3, 4].map(() => openRegistry({ url, anySchema: true })));
    const runs = await Promise.all(registries.map((it) => it.migrate()));
    expect(runs.flat()).toEqual([1, 2, 3, 4]);
    await Promise.all(registries.map((it) => it.close()));
  });
});
