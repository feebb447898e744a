// npm run soak:watch -- [--passes N]: a watch of six sessions that are restarted all the time, pass after pass without a pause,
// and what it holds in memory after each thirty-second part of them (test/watch/memory.test.ts).
import { spawnSync } from 'node:child_process';
import proc from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { passes: { type: 'string', default: '10000' } } });
if (!/^[1-9]\d{2,5}$/.test(values.passes)) {
  console.error(`--passes: expected a number from 100 to 999999, got '${values.passes}'`);
  proc.exit(2);
}
const { status } = spawnSync(
  'node_modules/.bin/vitest',
  ['run', 'test/watch/memory.test.ts', '--disable-console-intercept'],
  {
    env: { ...proc.env, SOAK_PASSES: values.passes },
    stdio: 'inherit',
  },
);
proc.exit(status ?? 1);
