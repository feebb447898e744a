import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Outcome, value } from '../model/outcome.ts';
import type { Machine } from './machine.ts';
import { openKmsg } from './native/kmsg.ts';
import { watchOom } from './oom.ts';
import type { HeldProcess } from './procfs.ts';

vi.mock('./native/kmsg.ts', () => ({ openKmsg: vi.fn() }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(openKmsg).mockResolvedValue({ kind: 'denied', errno: 'EPERM' });
});
afterEach(() => vi.useRealTimers());

const text = (it: string): Outcome<Uint8Array> => value(Buffer.from(it, 'latin1'));

/** Where the messages of the kernel may not be read, and the counter of the process's cgroup decides. */
async function watching() {
  let kills = 3;
  const machine = {
    procfs: {
      read: (name: string) => text(name === 'vmstat' ? 'oom_kill 9\n' : '41 31 0:38 / /cg rw - cgroup2 cgroup2 rw\n'),
      readlink: () => value('pid:[4026531836]'),
    },
    files: { read: () => text(`oom_kill ${kills}\n`) },
  } as unknown as Machine;
  const watch = await watchOom(machine, { read: () => text('0::/x\n') } as unknown as HeldProcess);
  const kill = () => {
    kills++;
  };
  return { watch, kill };
}

it('a kill that was counted as the process ended was for lack of memory', async () => {
  const { watch, kill } = await watching();
  vi.advanceTimersByTime(3_600_000);
  kill();
  // However the end falls on the pace at which the counter is read.
  vi.advanceTimersByTime(4000);
  expect(watch.find(7).isOom).toBe(true);
  watch.close();
});

it('a kill that was counted long before was another’s', async () => {
  const { watch, kill } = await watching();
  vi.advanceTimersByTime(60_000);
  kill();
  vi.advanceTimersByTime(60_000);
  const { isOom, evidence } = watch.find(7);
  expect(isOom).toBe(false);
  expect(evidence.map((it) => it.value)).toContain('oom_kill 4, then 4');
  watch.close();
  expect(vi.getTimerCount()).toBe(0);
});
