import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { BackendMeter, CpuMeter } from './cpu-meter.ts';
import { makeArena } from './test-arena.ts';

const BUSY = 'const used = () => process.cpuUsage().user + process.cpuUsage().system; while (used() < 4e5);';

it('counts a process with its children, and one that has ended', async () => {
  const meter = new CpuMeter();
  const code = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(BUSY)}]); console.log('done'); process.stdin.resume()`;
  const child = spawn(process.execPath, ['-e', code]);
  meter.follow(child.pid);
  meter.begin();
  await once(child.stdout, 'data');
  meter.sample();
  expect(meter.seconds).toBeGreaterThan(0.28);
  const ended = once(child, 'exit');
  child.stdin.end();
  await ended;
  const last = meter.seconds;
  meter.sample();
  expect(meter.seconds).toBe(last);
  meter.begin();
  expect(meter.seconds).toBe(0);
});

describe('of backends', () => {
  requires('tmux', 'postgres');

  it('counts them by their role, also those that have ended', async () => {
    const { arena, admin } = await makeArena([]);
    const meter = new BackendMeter();
    const pid = arena.database.serverPid();
    meter.begin(pid);
    const sampling = setInterval(() => meter.sample(pid), 20);
    // The superuser's, whom the cluster calls so.
    await admin('select count(*) from generate_series(1, 3000000)');
    clearInterval(sampling);
    const { rows } = await admin('select current_user as role');
    expect(meter.secondsOf(rows[0]?.['role'])).toBeGreaterThan(0.1);
    expect(meter.secondsOf('registration')).toBe(0);
  });
});
