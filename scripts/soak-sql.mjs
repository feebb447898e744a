// npm run soak:sql -- [--seconds S] [--clients N] [--rounds R]: many clients at once over an endpoint, and clients whose answers
// are judged while what they ask about changes (test/e2e/endpoint-*.test.ts), for longer than the tests do it.
import { spawnSync } from 'node:child_process';
import proc from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '60' },
  },
});
for (const [name, text] of Object.entries(values)) {
  if (/^[1-9]\d{0,4}$/.test(text)) continue;
  console.error(`--${name}: expected a number above 0, got '${text}'`);
  proc.exit(2);
}
const env = {
  ...proc.env,
  SOAK_SECONDS: values.seconds,
  SOAK_CLIENTS: values.clients,
  ENDPOINT_ROUNDS: values.rounds,
};
const files = ['test/e2e/endpoint-clients.test.ts', 'test/e2e/endpoint-truth.test.ts'];
const { status } = spawnSync('node_modules/.bin/vitest', ['run', ...files, '--no-file-parallelism'], {
  env,
  stdio: 'inherit',
});
proc.exit(status ?? 1);
