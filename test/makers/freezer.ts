import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

const ROOT = '/sys/fs/cgroup/freezer';
let count = 0;

/** Puts a process into a control group of its own that can be frozen (version 1); it is thawed when the test is over. */
export function makeFreezer(pid: number): { readonly freeze: () => Promise<void>; readonly thaw: () => Promise<void> } {
  const group = `${ROOT}/plumbline-test-${globalThis.process.pid}-${++count}`;
  const become = async (state: 'FROZEN' | 'THAWED') => {
    fs.writeFileSync(`${group}/freezer.state`, state);
    await waitFor(`the group to be ${state}`, () => fs.readFileSync(`${group}/freezer.state`, 'utf8') === `${state}\n`);
  };
  fs.mkdirSync(group);
  onTestFinished(async () => {
    await become('THAWED');
    for (const member of fs.readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean)) {
      fs.writeFileSync(`${ROOT}/cgroup.procs`, member);
    }
    await waitFor('the empty group', () => fs.readFileSync(`${group}/cgroup.procs`, 'utf8') === '');
    fs.rmdirSync(group);
  });
  fs.writeFileSync(`${group}/cgroup.procs`, String(pid));
  return { freeze: () => become('FROZEN'), thaw: () => become('THAWED') };
}
