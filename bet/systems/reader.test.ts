import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CpuMeter } from './cpu-meter.ts';
import { Reader } from './reader.ts';
import type { ReaderOrder } from './reader-order.ts';

/** Its answer comes from a process that it has started, when it has been given up itself. */
const LATE = `import { spawn } from 'node:child_process';
process.stdin.on('data', () => {
  const line = JSON.stringify({ asked: 1, answered: 2, answers: [] });
  spawn('sh', ['-c', 'sleep 8; echo "$0"', line], { stdio: ['ignore', 'inherit', 'ignore'] });
});
`;

it('is not told what was asked of one that was given up', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pl-bet-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const entry = path.join(directory, 'late.mjs');
  fs.writeFileSync(entry, LATE);
  // It is not looked at.
  const order = {} as ReaderOrder;
  const reader = new Reader({ entry, order, log: path.join(directory, 'log'), meter: new CpuMeter() });
  onTestFinished(() => reader.end());
  expect(await reader.read()).toMatchObject({ failure: 'the reader did not answer' });
  expect(await reader.read()).toMatchObject({ failure: 'the reader did not answer' });
}, 60_000);
