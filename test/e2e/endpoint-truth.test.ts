/** What a running endpoint says of a machine on which everything changes, judged by those who change it. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, FactLog } from '../endpoint/facts.ts';
import { connectionLife, lockLife, movingLife, type Place, paneLife, sessionLife } from '../endpoint/lives.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { startTmux, type TmuxServer } from '../makers/tmux.ts';
import { Fleet } from './plumb.ts';
import { atEnd, serve } from './serve.ts';

requires('cc', 'tmux', 'setpriv');
leavesNothingBehind();

/** How often each client asks each table; more with ENDPOINT_ROUNDS. */
const ROUNDS = Number(globalThis.process.env['ENDPOINT_ROUNDS'] ?? 8);
const CLIENTS = 4;
/** On a busy machine; a failure ends it sooner. */
const LONG_MS = 120_000 + ROUNDS * 5_000;
const OURS = globalThis.process.pid;

let fleet: Fleet;

beforeAll(() => {
  fleet = new Fleet();
  // A shell, which can be told to go elsewhere.
  fs.copyFileSync('/bin/dash', fleet.path(fleet.command));
});
afterAll(() => fleet.end());

/** What is asked of each table: rows of one column, in the words of the facts. */
function questions(tmux: TmuxServer): Readonly<Record<string, string>> {
  const { command } = fleet;
  return {
    sessions: `select concat_ws(' ', name, pid, start_time_ticks, terminal) as said from sessions where verdict = 'alive'`,
    processes: `select concat_ws(' ', pid, start_time_ticks) as said from processes where comm = '${command}'`,
    terminals: `select concat_ws(' ', name, leader_pid) as said from terminals where leader_comm = '${command}'`,
    panes: `select concat_ws(' ', id, address) as said from panes where server_pid = ${tmux.pid()}`,
    locks: `select concat_ws(' ', path, pid) as said from locks where path like '${fleet.directory}/lock-%' and pid is not null`,
    connections: `select concat_ws(' ', state, coalesce(peer_port, local_port), pid) as said from connections
      where protocol = 'tcp' and (state = 'LISTEN' and pid = ${OURS} or state = 'ESTAB' and comm in ('bash', 'sleep'))`,
  };
}

/** An endpoint in a directory of this name, and who is to be seen by it. */
async function openStage(name: string) {
  const directory = fleet.path(`run-${name}`);
  fs.mkdirSync(directory);
  const tmux = await startTmux(fleet.directory, { socket: ['-L', name] });
  await serve(fleet, ['--pg', directory]);
  const place: Place = {
    log: new FactLog(),
    program: fleet.path(fleet.command),
    directory: fleet.directory,
    home: (home) => fleet.home(home),
  };
  return { directory, tmux, place };
}

it(
  'tells what was so between a question and its answer, and all that was so throughout',
  async () => {
    const { directory, tmux, place } = await openStage('truth');
    const answers: Answer[] = [];
    const ask = async (table: string, query: () => Promise<readonly string[]>) => {
      const askedMs = performance.now();
      const rows = await query();
      answers.push({ table, askedMs, answeredMs: performance.now(), rows });
    };
    const asked = Object.entries(questions(tmux));

    const withPg = async (isInBlock: boolean) => {
      const client = await connect(directory);
      for (let round = 0; round < ROUNDS; round++) {
        for (const [table, sql] of asked) {
          await ask(table, async () => {
            if (isInBlock) await client.query('begin');
            const { rows } = await client.query<{ said: string }>(sql);
            if (isInBlock) await client.query('commit');
            return rows.map(({ said }) => said);
          });
        }
      }
    };
    const withPsql = async () => {
      for (let round = 0; round < ROUNDS / 4; round++) {
        for (const [table, sql] of asked) {
          await ask(table, async () => {
            const words = ['-X', '-h', directory, '-d', 'plumbline', '-Atc', sql];
            const { stdout } = await promisify(execFile)('psql', words);
            return stdout.split('\n').slice(0, -1);
          });
        }
      }
    };

    const clients = Array.from({ length: CLIENTS }, (_, number) => withPg(number % 2 === 1));
    await whileLivesAreLed(place, tmux, Promise.all([...clients, withPsql()]));
    const ours = answers.map((it) =>
      it.table === 'connections' ? { ...it, rows: it.rows.filter(isOfOurs(place)) } : it,
    );
    expect(ours.flatMap((it) => place.log.judge(it))).toEqual([]);
    expect(answers).toHaveLength((CLIENTS * ROUNDS + Math.ceil(ROUNDS / 4)) * asked.length);
    // Nothing is proven where nothing was there, or nothing has changed.
    for (const [table] of asked) {
      const told = answers.filter((it) => it.table === table).flatMap(({ rows }) => rows);
      expect(new Set(told).size, table).toBeGreaterThan(2);
    }
  },
  LONG_MS,
);

it(
  'tells one time in a transaction, in all tables of it',
  async () => {
    const { directory, tmux, place } = await openStage('block');
    const inBlocks = async (isRepeatable: boolean) => {
      const client = await connect(directory);
      const rowsOf = async (sql: string) => (await client.query(sql)).rows;
      let seen = 0;
      for (let round = 0; round < ROUNDS; round++) {
        await client.query(isRepeatable ? 'begin isolation level repeatable read, read only' : 'begin');
        const sessions = await rowsOf('select * from sessions order by name');
        seen += sessions.length;
        const alone = await rowsOf('select pid, start_time_ticks from processes');
        const pids = new Set(alone.map(({ pid, start_time_ticks: start }) => `${pid} ${start}`));
        // One that may be two processes has no single pid.
        const lacking = sessions.filter((it) => it.pid !== null && !pids.has(`${it.pid} ${it.start_time_ticks}`));
        expect(lacking.map(({ name, pid }) => `${name} ${pid}`)).toEqual([]);
        expect(await rowsOf('select pid, start_time_ticks from processes')).toEqual(alone);
        expect(await rowsOf('select * from sessions order by name')).toEqual(sessions);
        await client.query(round % 2 === 0 ? 'commit' : 'rollback');
        const joined = await rowsOf(
          'select s.name, s.pid from sessions s left join processes p using (pid, start_time_ticks) where s.pid is not null and p.comm is null',
        );
        expect(joined).toEqual([]);
      }
      expect(seen).toBeGreaterThan(ROUNDS);
    };
    await whileLivesAreLed(place, tmux, Promise.all([inBlocks(false), inBlocks(true)]));
  },
  LONG_MS,
);

/** Lets lives begin and end, one after the other in each home, until a work is done. */
async function whileLivesAreLed(place: Place, tmux: TmuxServer, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const stop = () => {
    isDone = true;
  };
  work.then(stop, stop);
  const again = async (live: (number: number) => Promise<void>) => {
    for (let number = 0; !isDone; number++) await live(number);
  };
  const lives = [
    ...['ada', 'bob', 'cid'].map((name) => again(() => sessionLife(place, name))),
    again(() => movingLife(place, ['here', 'there'])),
    ...['in-pane', 'in-other-pane'].map((name) => again(() => paneLife(place, tmux, name))),
    again((number) => lockLife(place, number)),
    again(() => connectionLife(place)),
  ];
  await Promise.all([work, ...lives]);
}

/** Whether a row is of a port of ours: others here may have bash connected to theirs. */
function isOfOurs({ log }: Place): (row: string) => boolean {
  const ports = log.textsOf('connections').map((text) => text.split(' ')[1]);
  return (row) => ports.includes(row.split(' ')[1]);
}

async function connect(directory: string): Promise<pg.Client> {
  const client = new pg.Client({ host: directory, port: 5432, user: 'anybody', database: 'plumbline' });
  await client.connect();
  atEnd(() => client.end());
  return client;
}
