import fs from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import type { Answer, Reading, SystemName } from '../model.ts';
import type { AgentRole, RunningSystem } from '../world/contract.ts';
import { AGENT_TABLES } from './agent-tables.ts';
import { pidFileText } from './pid-file.ts';
import { startSystems } from './start.ts';
import { makeArena, type TestArena } from './test-arena.ts';

requires('tmux', 'postgres', 'root', 'the whole machine');

// Eleven systems start for each of them.
const TIMEOUT_MS = 300_000;
/** On a busy machine plumb has to look more than twice before it can say that nobody is there. */
const PATIENCE_MS = 60_000;

const TOLD: readonly SystemName[] = ['registration', 'heartbeat 5 s', 'heartbeat 30 s', 'heartbeat 60 s', 'pid files'];
const SEEN: readonly SystemName[] = ['plumb list', 'observe()', 'plumb sync --watch', 'plumb serve', 'plumb fdw'];
const IN_DATABASE: readonly SystemName[] = [...TOLD.slice(0, 4), 'plumb sync --watch', 'plumb fdw'];

it(
  'is told by every system what it can know: a start, a kill, a restart in the pane, a shell, a lost terminal',
  async () => {
    const world = await makeArena(['ada', 'bob', 'cy']);
    const systems = await startThem(world);
    const ada = world.open('ada');
    const bob = world.open('bob');
    await register(world, 'ada', ada.pid(), ada.id);
    for (const name of [...TOLD, 'tmux' as const, ...SEEN])
      await systems.says(name, 'ada', alive(world, ada.pid(), ada.id));
    for (const name of [...TOLD, 'tmux' as const, ...SEEN]) await systems.says(name, 'cy', { status: 'dead' });

    process.kill(ada.pid(), 'SIGKILL');
    for (const name of ['pid files', 'tmux', ...SEEN] as const) await systems.says(name, 'ada', { status: 'dead' });
    // Nobody has told them.
    expect(answerFor(await systems.read('registration'), 'ada').status).toBe('alive');

    const before = bob.pid();
    bob.respawn();
    await waitFor('another process', () => bob.pid() !== before);
    for (const name of ['tmux', ...SEEN] as const) await systems.says(name, 'bob', alive(world, bob.pid(), bob.id));
    process.kill(bob.pid(), 'SIGUSR2');
    for (const name of ['tmux', ...SEEN] as const) await systems.says(name, 'bob', { status: 'dead' });

    const cy = world.open('cy', 'stays');
    const pid = cy.pid();
    // It outlives its server.
    onTestFinished(() => {
      process.kill(pid, 'SIGKILL');
    });
    for (const name of SEEN) await systems.says(name, 'cy', alive(world, pid, cy.id));
    await world.tmux.kill();
    await systems.says('tmux', 'cy', { status: 'dead' });
    for (const name of SEEN) await systems.says(name, 'cy', { ...alive(world, pid, ''), pane: null });
  },
  TIMEOUT_MS,
);

it(
  'fails while the database is away, and answers when it is back',
  async () => {
    const world = await makeArena(['ada']);
    const systems = await startThem(world);
    const ada = world.open('ada');
    await register(world, 'ada', ada.pid(), ada.id);
    for (const name of IN_DATABASE) await systems.says(name, 'ada', alive(world, ada.pid(), ada.id));
    await world.cluster.kill();
    for (const name of IN_DATABASE) expect(await systems.read(name)).toHaveProperty('failure');
    for (const name of ['tmux', 'observe()', 'plumb serve'] as const) {
      await systems.says(name, 'ada', alive(world, ada.pid(), ada.id));
    }
    await world.cluster.start();
    for (const name of IN_DATABASE) await systems.says(name, 'ada', alive(world, ada.pid(), ada.id));
  },
  TIMEOUT_MS,
);

it(
  'gives up a reading at its deadline, and counts what was written and used',
  async () => {
    const world = await makeArena(['ada']);
    const systems = await startThem(world, ['registration', 'heartbeat 5 s', 'plumb list']);
    await register(world, 'ada', process.pid, '%0');
    // Somebody holds the table for longer than a reading may take.
    const stuck = world.admin('begin; lock table registration; select pg_sleep(6)');
    await waitFor('the lock', async () => {
      const { rows } = await world.admin(`select from pg_locks where relation = 'registration'::regclass and granted`);
      return rows.length > 0;
    });
    const reading = await systems.read('registration');
    expect(reading).toHaveProperty('failure');
    expect(reading.answered - reading.asked).toBeLessThan(5500);
    await stuck;
    await systems.says('registration', 'ada', alive(world, process.pid, '%0'));

    await systems.read('plumb list');
    const beat = await systems.cost('heartbeat 5 s');
    expect(beat.rowsWritten).toBe(1);
    // One insert with its place in the index, and a commit.
    expect(beat.walBytes).toBeGreaterThan(150);
    const list = await systems.cost('plumb list');
    expect(list).toMatchObject({ readings: 1, rowsWritten: 0, walBytes: 0, keepingCpuSeconds: 0 });
    expect(list.readingCpuSeconds).toBeGreaterThan(0.05);
  },
  TIMEOUT_MS,
);

interface Systems {
  readonly read: (name: SystemName) => Promise<Reading>;
  /** Waits until it does; at least once it must have been asked in vain or not. */
  readonly says: (name: SystemName, session: string, answer: Answer) => Promise<void>;
  readonly cost: (name: SystemName) => ReturnType<RunningSystem['cost']>;
}

async function startThem({ arena }: TestArena, names?: readonly SystemName[]): Promise<Systems> {
  const systems = await startSystems(arena, names);
  onTestFinished(async () => {
    await Promise.all(systems.map((it) => it.end()));
  });
  const named = (name: SystemName) => {
    const found = systems.find(({ system }) => system === name);
    if (!found) throw new Error(`no system is called ${name}`);
    return found;
  };
  return {
    read: (name) => named(name).read(),
    cost: (name) => named(name).cost(),
    says: async (name, session, answer) => {
      let last: Reading | undefined;
      const probe = async () => {
        last = await named(name).read();
        return JSON.stringify(answerFor(last, session)) === JSON.stringify(answer);
      };
      await waitFor(`${name} to say of ${session} ${JSON.stringify(answer)}`, probe, PATIENCE_MS).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}, but ${JSON.stringify(last && answerFor(last, session))}`);
        },
      );
    },
  };
}

/** Who is left out is dead to it. */
function answerFor(reading: Reading, session: string): Answer {
  if ('failure' in reading) return { status: 'unknown', reason: reading.failure };
  return reading.answers.get(session) ?? { status: 'dead' };
}

function alive({ arena }: TestArena, pid: number, id: string) {
  return { status: 'alive', process: { host: arena.host, pid }, pane: { server: 'bet-a', id } } as const;
}

/** What an agent does at its start. */
async function register({ arena, admin }: TestArena, session: string, pid: number, id: string): Promise<void> {
  const pane = `bet-a ${id}`;
  for (const role of Object.values(AGENT_TABLES) satisfies AgentRole[]) {
    await admin(
      `insert into ${role} (name, host, pid, pane) values ('${session}', '${arena.host}', ${pid}, '${pane}')`,
    );
  }
  const exe = fs.readlinkSync(`/proc/${pid}/exe`);
  fs.writeFileSync(arena.pidFile(session), pidFileText({ pid, host: arena.host, exe, pane }));
}
