import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { readChildrenCpuMs } from './own-cpu.ts';
import { liveProcfs } from './procfs-live.ts';

const BUSY = 'const used = () => process.cpuUsage().user + process.cpuUsage().system; while (used() < 4e5);';

it('tells what a child has used when that has ended, and nothing of ours', () => {
  const procfs = liveProcfs();
  const before = readChildrenCpuMs(procfs) ?? Number.NaN;
  for (const end = performance.now() + 100; performance.now() < end; );
  expect(readChildrenCpuMs(procfs)).toBe(before);
  execFileSync(globalThis.process.execPath, ['-e', BUSY]);
  const used = (readChildrenCpuMs(procfs) ?? Number.NaN) - before;
  expect(used).toBeGreaterThanOrEqual(380);
  expect(used).toBeLessThan(2000);
});
