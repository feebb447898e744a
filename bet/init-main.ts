// The first process of a run: it is put where all of the run is, adopts its orphans, and becomes a shell that waits for
// them: what has ended and is reaped by nobody would still have a number. `init-main CGROUP PROGRAM ARGUMENT…`
import koffi from 'koffi';
import { startProgram } from './exec.ts';
import { put } from './world/cgroups.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const SIGKILL = 9;

const [cgroup = '', ...command] = process.argv.slice(2);
put(process.pid, cgroup);
const prctl = koffi.load(null).func('int prctl(int option, unsigned long value)');
for (const [option, value] of [
  [PR_SET_CHILD_SUBREAPER, 1],
  [PR_SET_PDEATHSIG, SIGKILL],
]) {
  if (prctl(option, value) !== 0) throw new Error(`prctl ${option}: errno ${koffi.errno()}`);
}
// A shell waits for any child that there is while it waits for its own.
await startProgram('/bin/sh', ['sh', '-c', '"$@" & wait $!', 'sh', ...command]);
