/** Many clients at once, some of which do all that clients should not, over an endpoint as it is run. */
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RUDE } from '../endpoint/rude-clients.ts';
import { held, soak } from '../endpoint/soak.ts';
import { connect, QUIET, type Soaking } from '../endpoint/soak-clients.ts';
import { Tally } from '../endpoint/tally.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { waitFor } from '../makers/wait-for.ts';
import { Fleet } from './plumb.ts';
import { serve } from './serve.ts';

requires('setpriv');
leavesNothingBehind();

/** `npm run soak:sql` has more of both. */
const SECONDS = Number(globalThis.process.env['SOAK_SECONDS'] ?? 10);
const CLIENTS = Number(globalThis.process.env['SOAK_CLIENTS'] ?? 32);
const MOST_MB = 350;

let fleet: Fleet;
const sessions: string[] = [];

beforeAll(async () => {
  fleet = new Fleet();
  for (const name of ['ada', 'bob', 'cid', 'dan', 'eve'])
    sessions.push(`${name} ${await fleet.start(fleet.home(name))}`);
});
afterAll(() => fleet.end());

it(
  'gives each client its own answers, whatever others do, and has let go of everything in the end',
  async () => {
    const directory = fleet.path('run');
    fs.mkdirSync(directory);
    const { server } = await serve(fleet, ['--pg', directory]);
    const tally = new Tally();
    let end = 0;
    const soaking: Soaking = { directory, tally, sessions, isOver: () => performance.now() > end };
    // What is loaded once, whoever comes first.
    end = performance.now() + 500;
    await soak(soaking, Object.keys(RUDE).length + Object.keys(QUIET).length + 1);
    const first = await connect(soaking);
    const before = held(server.pid);
    end = performance.now() + SECONDS * 1000;
    await soak(soaking, CLIENTS);

    const waits = tally.waits();
    const after = await waitFor('descriptors at the level of the start', () => {
      const now = held(server.pid);
      return now.descriptors <= before.descriptors ? now : null;
    }).catch(() => held(server.pid));
    const report = [
      `${CLIENTS} clients, ${SECONDS} s: ${[...tally.done].map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
      `${waits.count} statements timed: p50 ${waits.p50Ms.toFixed(1)} ms, p99 ${waits.p99Ms.toFixed(0)} ms, longest ${waits.longestMs.toFixed(0)} ms (${waits.longest})`,
      `server: ${before.rssMb.toFixed(0)} MB and ${before.descriptors} descriptors before, ${after.rssMb.toFixed(0)} MB and ${after.descriptors} after`,
    ];
    globalThis.process.stderr.write(`${report.join('\n')}\n`);
    expect(tally.faults()).toEqual([]);
    expect([...tally.done.keys()].sort()).toEqual([...Object.keys(RUDE), ...Object.keys(QUIET), 'postgres.js'].sort());
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.rssMb).toBeLessThanOrEqual(MOST_MB);
    // Nobody waits for a transaction of somebody else: who did would be told of it, by the server's limit of 30 s.
    expect((await first.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await first.end();
  },
  (SECONDS + 60) * 1000,
);
