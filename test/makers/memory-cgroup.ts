import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { isWritable } from './is-writable.ts';
import { waitFor } from './wait-for.ts';

const FIRST = '/sys/fs/cgroup/memory';
const SECOND = '/sys/fs/cgroup';
let made = 0;

/** Where memory cgroups are made here, and the file that limits one; null where none can be. */
export function memoryCgroups(): { readonly root: string; readonly limit: string } | null {
  if (isWritable(`${FIRST}/cgroup.procs`)) return { root: FIRST, limit: 'memory.limit_in_bytes' };
  const controllers = `${SECOND}/cgroup.subtree_control`;
  const hasMemory = isWritable(controllers) && fs.readFileSync(controllers, 'utf8').split(/\s/).includes('memory');
  return hasMemory ? { root: SECOND, limit: 'memory.max' } : null;
}

/** Makes a cgroup that holds so much memory, until the test has finished; what is in it must have ended by then. */
export function makeMemoryCgroup(bytes: number): { readonly path: string; readonly add: (pid: number) => void } {
  const place = memoryCgroups();
  if (!place) throw new Error('no memory cgroup can be made');
  const path = `${place.root}/plumbline-test-${globalThis.process.pid}-${++made}`;
  fs.mkdirSync(path);
  onTestFinished(() => waitFor('the cgroup to be empty', () => removed(path)).then(() => {}));
  fs.writeFileSync(`${path}/${place.limit}`, String(bytes));
  return { path, add: (pid) => fs.writeFileSync(`${path}/cgroup.procs`, String(pid)) };
}

function removed(path: string): boolean {
  try {
    fs.rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
