/** How far the rows of each host can be relied on: the view `plumbline.live_sessions`, and `registry.hosts()`. */
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/registry/database.ts';
import { grantsSql } from '../../src/registry/migrate.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { Registry } from '../../src/registry/registry.ts';
import sessionsSql from '../../src/registry/sql/0001_sessions.sql';
import historySql from '../../src/registry/sql/0002_history.sql';
import { sync } from '../../src/sync.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { COMMANDS, FakeMachine, HOMES } from '../watch/fake-world.ts';
import { openServer } from './registries.ts';
import { type WatchedPlace, watchedEmbedded, watchedServer } from './watched-places.ts';

leavesNothingBehind();

/** What a single sync of a host does. */
async function syncHost(database: Database, hostId: string, pids: Readonly<Record<string, number | null>>, more = {}) {
  const machine = new FakeMachine(pids);
  return sync(new Registry(database), { homes: HOMES, commands: COMMANDS, hostId, machine, ...more });
}

/** `host name: status freshness, stored status` of every row. */
async function readings(database: Database): Promise<string[]> {
  const { rows } = await database.query(
    `select host_id || ' ' || name || ': ' || status || ' ' || freshness || ', ' || stored_status as it
     from plumbline.live_sessions order by 1`,
  );
  return rows.map((row) => row['it'] ?? '');
}

/** Starts to watch a host, as a watch does before its first look. */
async function hold(place: WatchedPlace, hostId: string): Promise<Registry> {
  const registry = new Registry(await place.watcher());
  await registry.hold(hostId, []);
  return registry;
}

/** The same, once the rows are right. */
async function watchHost(place: WatchedPlace, hostId: string): Promise<Registry> {
  const registry = await hold(place, hostId);
  await registry.announce(hostId);
  return registry;
}

function readsByItsWatch(make: () => Promise<WatchedPlace>): void {
  it('a host reads as a snapshot after single syncs, and as connected once a watch has its rows right', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'here', { ada: 101, bob: 102 });
    await syncHost(await place.reader(), 'here', { ada: 101, bob: null });
    expect(await readings(await place.reader())).toEqual([
      'here ada: alive snapshot, alive',
      'here bob: dead snapshot, dead',
    ]);
    const watch = await hold(place, 'here');
    expect((await readings(await place.reader()))[0]).toBe('here ada: alive snapshot, alive');
    await watch.announce('here');
    expect(await readings(await place.reader())).toEqual([
      'here ada: alive connected, alive',
      'here bob: dead connected, dead',
    ]);
  });

  it('a host whose watch says that its rows are not right any more reads as unknown, until it says that they are', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'here', { ada: 101 });
    const watch = await watchHost(place, 'here');
    await watch.retract('here');
    expect(await readings(await place.reader())).toEqual(['here ada: unknown gone, alive']);
    await watch.announce('here');
    expect(await readings(await place.reader())).toEqual(['here ada: alive connected, alive']);
    await watch.retract('here');
    expect(await readings(await place.reader())).toEqual(['here ada: unknown gone, alive']);
  });

  it('a snapshot of which a watch finds that it is not right reads as unknown', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'here', { ada: 101 });
    const watch = await hold(place, 'here');
    await watch.retract('here');
    expect(await readings(await place.reader())).toEqual(['here ada: unknown gone, alive']);
  });

  it('a host whose watch is gone reads as unknown, until a watch has its rows right again', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'elsewhere', { ada: 201 });
    await syncHost(await place.reader(), 'here', { ada: 101, bob: 102 });
    await syncHost(await place.reader(), 'here', { ada: 101, bob: null });
    await watchHost(place, 'here');
    await place.cut();
    const gone = [
      'elsewhere ada: alive snapshot, alive',
      'here ada: unknown gone, alive',
      'here bob: unknown gone, dead',
    ];
    expect(await readings(await place.reader())).toEqual(gone);
    const next = await hold(place, 'here');
    expect(await readings(await place.reader())).toEqual(gone);
    await next.announce('here');
    expect((await readings(await place.reader()))[1]).toBe('here ada: alive connected, alive');
  });

  it('a host whose watch ended as it was asked to reads as a snapshot', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'here', { ada: 101 });
    const watch = await watchHost(place, 'here');
    await watch.withdraw('here');
    await place.cut();
    expect(await readings(await place.reader())).toEqual(['here ada: alive snapshot, alive']);
  });

  it('a single sync makes a snapshot of the rows of a watch that is gone, once, also where it finds them right', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'here', { ada: 101 });
    await watchHost(place, 'here');
    await place.cut();
    const reader = await place.reader();
    await syncHost(reader, 'here', { ada: 101 }, { dryRun: true });
    expect(await readings(reader)).toEqual(['here ada: unknown gone, alive']);
    const version = async () => {
      const { rows } = await reader.query('select xmin::text as it from plumbline.hosts');
      return rows[0]?.['it'];
    };
    const before = await version();
    const { plan } = await syncHost(reader, 'here', { ada: 101 });
    expect([plan.changes, await readings(reader)]).toEqual([[], ['here ada: alive snapshot, alive']]);
    const after = await version();
    await syncHost(reader, 'here', { ada: 101 });
    expect(await version()).toBe(after);
    expect(after).not.toBe(before);
  });

  it('a single sync that holds deaths back leaves them unknown: they are alive in the rows, and proven dead', async () => {
    const place = await make();
    const agents = { a: 101, b: 102, c: 103, d: 104 };
    await syncHost(await place.reader(), 'here', agents);
    await watchHost(place, 'here');
    await place.cut();
    const machine = new FakeMachine(agents);
    machine.program = 'vim';
    machine.set(agents);
    const { plan } = await syncHost(await place.reader(), 'here', {}, { machine });
    expect(plan.held).toHaveLength(4);
    expect((await readings(await place.reader()))[0]).toBe('here a: unknown gone, alive');
    await syncHost(await place.reader(), 'here', {}, { machine, force: true });
    expect((await readings(await place.reader()))[0]).toBe('here a: dead snapshot, dead');
  });

  it('hosts() tells of each host what its rows are, and how many', async () => {
    const place = await make();
    await syncHost(await place.reader(), 'cut', { ada: 101, bob: 102 });
    await syncHost(await place.reader(), 'cut', { ada: 101, bob: null });
    await watchHost(place, 'cut');
    await place.cut();
    await syncHost(await place.reader(), 'bare', { bob: null });
    await syncHost(await place.reader(), 'on', { ada: 301 });
    await watchHost(place, 'on');
    const times = { observedAt: expect.any(Date), bootId: expect.any(String) };
    const since = expect.any(Date);
    expect(await new Registry(await place.reader()).hosts()).toEqual([
      { hostId: 'bare', freshness: 'snapshot', watchingSince: null, alive: 0, dead: 0, ambiguous: 0, ...times },
      { hostId: 'cut', freshness: 'gone', watchingSince: since, alive: 1, dead: 1, ambiguous: 0, ...times },
      { hostId: 'on', freshness: 'connected', watchingSince: since, alive: 1, dead: 0, ambiguous: 0, ...times },
    ]);
  });
}

describe('in the embedded registry', () => {
  readsByItsWatch(watchedEmbedded);
});

describe.each(postgresVersions())('in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  readsByItsWatch(() => watchedServer(server()));

  it('a single sync beside a watch leaves the host to it, before its first look too', async () => {
    const place = await watchedServer(server());
    const reader = await place.reader();
    await syncHost(reader, 'here', { ada: 101 });
    await watchHost(place, 'here');
    await syncHost(reader, 'here', { ada: 102 });
    expect(await readings(reader)).toEqual(['here ada: alive connected, alive']);
    await place.cut();
    await hold(place, 'here');
    await syncHost(reader, 'here', { ada: 103 });
    expect(await readings(reader)).toEqual(['here ada: unknown gone, alive']);
  });

  it('whoever may read the view needs no right on what is behind it, and who keeps rows may read it', async () => {
    const url = server().createDatabase();
    const owner = await openServer(url);
    const database = /@\/(\w+)\?/.exec(url)?.[1] ?? '';
    const [clerk, reader] = [`clerk_${database}`, `reader_${database}`];
    server().psql(`create role ${clerk} login; create role ${reader} login`);
    await owner.script(`${grantsSql(clerk)}
      grant usage on schema plumbline to ${reader}; grant select on plumbline.live_sessions to ${reader};`);
    const asClerk = await openPostgres(server().url(database, clerk), {});
    const asReader = await openPostgres(server().url(database, reader), {});
    try {
      await syncHost(asClerk, 'here', { ada: 101 });
      const registry = new Registry(asClerk);
      await registry.hold('here', []);
      await registry.announce('here');
      const connected = ['here ada: alive connected, alive'];
      expect([await readings(asClerk), await readings(asReader)]).toEqual([connected, connected]);
      await expect(asReader.query('select from plumbline.sessions')).rejects.toThrow('permission denied');
    } finally {
      await asClerk.close();
      await asReader.close();
    }
  });

  it('a schema 2 is served: it remembers no watch, and its hosts are told', async () => {
    const url = server().createDatabase();
    const database = await openPostgres(url, {});
    try {
      await database.script(`${sessionsSql} ${historySql}
        insert into plumbline.migrations (version, name, breaking) values (1, 'sessions', true), (2, 'history', false)`);
      await syncHost(database, 'here', { ada: 101 });
      const registry = new Registry(database);
      await registry.hold('here', []);
      await registry.announce('here');
      expect(await registry.hosts()).toMatchObject([{ hostId: 'here', freshness: 'connected', watchingSince: null }]);
      await registry.withdraw('here');
      expect((await syncHost(database, 'here', { ada: 102 })).plan.changes).toHaveLength(1);
      expect(await registry.migrate()).toEqual([3, 4]);
      // The same connection goes on, with what schema 3 remembers.
      await registry.announce('here');
      expect(await registry.hosts()).toMatchObject([{ freshness: 'connected', watchingSince: expect.any(Date) }]);
    } finally {
      await database.close();
    }
  });
});
