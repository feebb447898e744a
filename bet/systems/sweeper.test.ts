import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { makeArena } from './test-arena.ts';

requires('tmux', 'postgres');

const PERIOD_SECONDS = 2;

it('calls dead who has missed three beats, and after an outage only who has had a period to beat again, and no later', async () => {
  const { arena, admin, cluster } = await makeArena([]);
  await admin(`insert into heartbeat_5 (name, host, pid, last_seen) values
    ('ada', 'h', 1, now() - interval '1 minute'), ('bob', 'h', 2, now() + interval '1 hour')`);
  const words = [path.join(arena.entries, 'sweeper-main.mjs'), arena.database.url('heartbeat_5'), 'heartbeat_5'];
  const sweeper = spawn(process.execPath, [...words, String(PERIOD_SECONDS)], { stdio: 'inherit' });
  onTestFinished(() => {
    sweeper.kill('SIGKILL');
  });
  const dead = async () => {
    const { rows } = await admin(`select name from heartbeat_5 where status = 'dead'`);
    return rows.map(({ name }) => name);
  };
  await waitFor('ada to be dead', async () => (await dead()).length > 0);
  expect(await dead()).toEqual(['ada']);

  await cluster.kill();
  await cluster.start();
  const backMs = performance.now();
  await admin(`update heartbeat_5 set last_seen = now() - interval '1 minute' where name = 'bob'`);
  while (performance.now() < backMs + 900 * PERIOD_SECONDS) {
    expect(await dead()).toEqual(['ada']);
    await sleep(50);
  }
  await waitFor('bob to be dead', async () => (await dead()).length > 1);
  // To find the database again takes it a moment; a second and a third period would be longer than that.
  expect(performance.now() - backMs).toBeLessThan(2900 * PERIOD_SECONDS);
});
