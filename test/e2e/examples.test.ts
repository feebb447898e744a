import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from './plumb.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../examples');

let fleet: Fleet;
let ada: number;
beforeAll(async () => {
  fleet = new Fleet();
  ada = await fleet.start(fleet.home('ada'));
});
afterAll(() => fleet.end());

function run(example: string, ...args: readonly string[]): string {
  const file = path.join(EXAMPLES, example);
  return execFileSync(process.execPath, [file, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('the examples', () => {
  it('are all run here', () => {
    expect(fs.readdirSync(EXAMPLES).sort()).toEqual([
      // retire-the-sweeper.test.ts runs that one.
      'agent-runner',
      'keep-rows.mjs',
      'what-it-holds.mjs',
      'who-is-alive.mjs',
    ]);
  });

  it('who-is-alive.mjs tells who is alive', () => {
    expect(run('who-is-alive.mjs', fleet.path('agents/*'), fleet.command)).toContain('ada');
  });

  it('what-it-holds.mjs tells what belongs to a session', () => {
    const told = run('what-it-holds.mjs', fleet.path('agents/*'), fleet.command);
    expect(told).toMatch(/^ada, alive\n {2}1 processes\n/);
    expect(told).toContain(`${ada} ${fleet.command.slice(0, 15)}: owner\n`);
  });

  it('keep-rows.mjs writes a row, and the second time nothing', () => {
    const args = [fleet.path('agents/*'), fleet.command, fleet.path('state')];
    expect(run('keep-rows.mjs', ...args)).toBe('ada started\n1 written, 0 as they were, 0 unknown\n');
    expect(run('keep-rows.mjs', ...args)).toBe('0 written, 1 as they were, 0 unknown\n');
  });
});
