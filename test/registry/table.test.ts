import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { type Database, transaction } from '../../src/registry/database.ts';
import { makeFromTemplate } from '../../src/registry/embedded/directory.ts';
import { openPglite } from '../../src/registry/embedded/pglite.ts';
import { openTable } from '../../src/registry/table/table.ts';
import { syncTable } from '../../src/sync-table.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { parseStory } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';
import { makeStateDirectory, openServer } from './registries.ts';
import { AGENTS, connectTo, MAPPING, rowsOf, STORY, syncOf } from './tables.ts';

/** The same rules on both: the embedded Postgres, and a server. */
function sharedTests(open: () => Promise<Database>): void {
  it('is put right, and nothing of it that is not mapped is touched', async () => {
    const database = await open();
    await database.script(`${AGENTS}; insert into agents values ('ada', 110, '/dev/pts/0', 'idle', null, 'keep'),
      ('bob', 120, null, 'running', null, 'keep'), ('old', 130, null, 'dead', null, 'keep')`);
    const { plan, lost } = await syncOf(await openTable(database, MAPPING, 'write'));
    expect(lost).toEqual([]);
    expect(plan.changes.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['ada terminal_moved', 'bob dead_pid']);
    expect(await rowsOf(database, 'select name, pid, tty, status, note from agents order by name')).toEqual([
      'ada 110 /dev/pts/3 idle keep',
      'bob 120  dead keep',
      'old 130  dead keep',
    ]);
    const before = await rowsOf(database, 'select name, xmin::text from agents order by name');
    expect((await syncOf(await openTable(database, MAPPING, 'write'))).plan.changes).toEqual([]);
    expect(await rowsOf(database, 'select name, xmin::text from agents order by name')).toEqual(before);
  });

  it('may have names that SQL has to quote, and values of any text', async () => {
    const database = await open();
    await database.script(`create schema "We ird"; create table "We ird"."Ta""ble" ("select" text primary key,
      "p'id" text, "t;ty" varchar(40), "Status" text); insert into "We ird"."Ta""ble" values ('ada', '110', 'x''y', 'it''s on')`);
    const mapping = {
      ...MAPPING,
      table: '"We ird"."Ta""ble"',
      key: 'select',
      columns: { pid: "p'id", terminal: 't;ty', status: 'Status' },
      alive: ["it's on"],
      dead: ["it's \\off"],
      insert: true,
    };
    await syncOf(await openTable(database, mapping, 'write'));
    expect(await rowsOf(database, 'select * from "We ird"."Ta""ble"')).toEqual(["ada 110 pts/3 it's on"]);
    await syncOf(await openTable(database, mapping, 'write'), STORY.replace(/proc.*\n/, ''));
    expect(await rowsOf(database, 'select * from "We ird"."Ta""ble"')).toEqual(["ada 110 pts/3 it's \\off"]);
  });

  it('has an enum for its status, a bigint for its pid, and times', async () => {
    const database = await open();
    await database.script(`create type state as enum ('running', 'idle', 'dead');
      create table agents (name varchar(20) primary key, pid bigint, status state, began timestamptz, ended timestamptz, seen timestamptz);
      insert into agents values ('bob', 120, 'running', null, null, null)`);
    const columns = { pid: 'pid', status: 'status', started_at: 'began', ended_at: 'ended', observed_at: 'seen' };
    await syncOf(await openTable(database, { ...MAPPING, columns, insert: true }, 'write'));
    const sql = 'select name, pid, status, began is null, ended, seen from agents order by name';
    expect(await rowsOf(database, sql)).toEqual([
      expect.stringMatching(/^ada 110 running (?:f|false) {2}2026-11-24 12:00:00\+00$/),
      expect.stringMatching(/^bob 120 dead (?:t|true) 2026-11-24 12:00:00\+00 2026-11-24 12:00:00\+00$/),
    ]);
  });

  it('without a status says the end by its pid', async () => {
    const database = await open();
    await database.script(`${AGENTS}; insert into agents (name, pid) values ('bob', 120)`);
    const mapping = { ...MAPPING, columns: { pid: 'pid' }, alive: [], dead: [] };
    await syncOf(await openTable(database, mapping, 'write'));
    expect(await rowsOf(database, 'select name, pid from agents')).toEqual(['bob ']);
    expect((await syncOf(await openTable(database, mapping, 'write'))).plan.changes).toEqual([]);
  });

  it('is renewed where its readers take a column for a heartbeat', async () => {
    const database = await open();
    await database.script(`${AGENTS}; insert into agents values
      ('ada', 110, 'pts/3', 'running', '2026-11-24 11:59:50+00'), ('bob', 120, null, 'dead', '2026-11-24 11:00:00+00')`);
    const columns = { ...MAPPING.columns, observed_at: 'seen' };
    const touching = async (touchSeconds: number) => {
      const table = await openTable(database, { ...MAPPING, columns, touchSeconds }, 'write');
      return (await syncOf(table)).plan.touched.map(({ name }) => name);
    };
    expect(await touching(11)).toEqual([]);
    expect(await touching(10)).toEqual(['ada']);
    expect(await rowsOf(database, `select name, seen from agents where seen > '2026-11-24 11:59:50+00'`)).toEqual([
      'ada 2026-11-24 12:00:00+00',
    ]);
  });

  it('of 10,000 rows changes those that are wrong', async () => {
    const database = await open();
    await database.script(`${AGENTS}; insert into agents (name, pid) select 'n' || i, 2000000 + i from generate_series(1, 9999) i;
      insert into agents values ('ada', 110, 'pts/3')`);
    const table = await openTable(database, MAPPING, 'write');
    const { homes, commands } = parseStory(STORY);
    const scene = sceneOf(parseStory(STORY));
    const claims = await table.read('here');
    for (const { pid } of claims) if (pid !== 110) scene.exists.set(pid ?? 0, false);
    for (const { pid } of claims) if (pid !== 110) scene.missing.set(`open proc/${pid}`, 'ENOENT');
    const machine = replayMachine(scene);
    const { plan } = await syncTable(table, { homes, commands, hostId: 'here', machine, maxDeaths: 10_000 });
    expect(plan.changes).toHaveLength(9999);
    expect(await rowsOf(database, 'select status, count(*) from agents group by status order by status')).toEqual([
      'dead 9999',
      'running 1',
    ]);
  });
}

describe("somebody else's table in PGlite", () => {
  sharedTests(async () => {
    const directory = `${makeStateDirectory()}/data`;
    await makeFromTemplate(directory);
    const database = await openPglite(directory);
    onTestFinished(() => database.close());
    return database;
  });
});

describe.each(postgresVersions())("somebody else's table in Postgres $major", (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);

  const open = (url = server().createDatabase()) => connectTo(url);
  sharedTests(open);

  it('tells each change, and keeps the history where plumbline’s own schema is there too', async () => {
    const url = server().createDatabase();
    const [database, listener] = [await open(url), new pg.Client({ connectionString: url })];
    const own = await openServer(url);
    await listener.connect();
    onTestFinished(() => listener.end());
    const told: unknown[] = [];
    listener.on('notification', ({ payload }) => told.push(JSON.parse(payload ?? '')));
    await listener.query('listen plumbline');
    await database.script(`${AGENTS}; insert into agents values ('ada', 220, '/dev/pts/0'), ('bob', 120, 'pts/9')`);
    await syncOf(await openTable(database, MAPPING, 'write'));
    await waitFor('both', () => told.length === 2);
    expect(told).toEqual([
      { host_id: 'here', name: 'ada', status: 'alive', pid: 110, events: ['died', 'started'] },
      { host_id: 'here', name: 'bob', status: 'dead', pid: 120, events: ['died'] },
    ]);
    const events = await own.history({});
    expect(events.map(({ name, event, pid, before, after }) => [name, event, pid, before?.pid, after?.pid])).toEqual([
      ['ada', 'died', 220, 220, 110],
      ['ada', 'started', 110, 220, 110],
      ['bob', 'died', 120, 120, 120],
    ]);
    await syncOf(await openTable(database, MAPPING, 'write'));
    expect(await own.history({})).toHaveLength(3);
  });

  it('keyed by name alone goes to another host when the first one has ended it, and not before', async () => {
    const database = await open();
    await database.script(`create table agents (name text primary key, pid integer, host text, status text);
      insert into agents values ('ada', 300, 'there', 'running')`);
    const mapping = {
      ...MAPPING,
      columns: { pid: 'pid', status: 'status', host: 'host' },
      thisHost: false,
      insert: true,
    };
    const table = await openTable(database, mapping, 'write');
    const kinds = async () => (await syncOf(table)).plan.compared.map(({ name, kind }) => `${name} ${kind}`);
    expect(await kinds()).toEqual(['ada other_host']);
    expect(await rowsOf(database, 'select * from agents')).toEqual(['ada 300 there running']);
    await database.query(`update agents set status = 'dead'`);
    expect(await kinds()).toEqual(['ada moved_here']);
    expect(await rowsOf(database, 'select * from agents')).toEqual(['ada 110 here running']);
    expect(await kinds()).toEqual(['ada null']);
  });

  it('keeps what somebody else has written between reading and writing', async () => {
    const url = server().createDatabase();
    const [database, other] = [await open(url), await open(url)];
    await database.script(`${AGENTS}; insert into agents values ('ada', 110, 'pts/0'), ('bob', 120, null)`);
    const table = await openTable(database, MAPPING, 'write');
    // Between the look and the write: bob's row is somebody's again.
    let races = 0;
    const apply = table.apply.bind(table);
    table.apply = async (it, days) => {
      if (races++ === 0) await other.query(`update agents set pid = 777 where name = 'bob'`);
      return apply(it, days);
    };
    // Without the lock that would keep a second plumb waiting.
    table.exclusively = (_, body) => transaction(database, body);
    const done = await syncOf(table, `${STORY}proc 777 claude tty=pts/9 fg cwd=/srv/agents/bob\n`);
    expect(races).toBeGreaterThan(1);
    expect(done.lost).toEqual([]);
    expect(await rowsOf(database, `select name, pid, tty, status from agents where name = 'bob'`)).toEqual([
      'bob 777 pts/9 running',
    ]);
  });
});
