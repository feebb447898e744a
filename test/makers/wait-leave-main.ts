import fs from 'node:fs';
import { waitForExit } from '../../src/act/wait-exit.ts';
import type { Session } from '../../src/model/session.ts';
import { waitFor } from './wait-for.ts';

// Begins to wait for a process, and ends before that does: `wait-leave-main PID START exit|throw`.
const [pid, start, how] = globalThis.process.argv.slice(2);
const session = { pid: Number(pid), startTimeTicks: BigInt(start ?? '') } as Session;
void waitForExit(session).then(() => globalThis.process.exit(99));
const isAsleep = (tid: string) => fs.readFileSync(`/proc/self/task/${tid}/wchan`, 'latin1').includes('poll_schedule');
await waitFor('the wait to sleep', () => {
  const others = fs.readdirSync('/proc/self/task').filter((tid) => tid !== String(globalThis.process.pid));
  return others.some(isAsleep);
});
if (how === 'throw') throw new Error('thrown while somebody waits');
globalThis.process.exit(3);
