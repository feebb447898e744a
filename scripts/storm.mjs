// npm run storm -- [--acts N] [--seed S]: acts against sessions that are moved, restarted and killed meanwhile, and a
// table of what became of them (test/storm/). It ends with 1 where anything went wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { acts: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
for (const [name, text] of Object.entries(values)) {
  if (/^[1-9]\d{0,6}$/.test(text)) continue;
  console.error(`--${name}: expected a number above 0, got '${text}'`);
  proc.exit(2);
}
const directory = mkdtempSync(path.join(tmpdir(), 'plumbline-storm-'));
const report = path.join(directory, 'report');
const env = { ...proc.env, STORM_ACTS: values.acts, STORM_SEED: values.seed, STORM_REPORT: report };
const { status, stdout, stderr } = spawnSync('node_modules/.bin/vitest', ['run', 'test/storm'], {
  env,
  encoding: 'utf8',
});
try {
  console.log(readFileSync(report, 'utf8').trimEnd());
} catch {
  // It did not come to a report: what the test runner says is why.
  console.log(stdout, stderr);
}
rmSync(directory, { recursive: true, force: true });
proc.exit(status ?? 1);
