// npm run retire -- [--end table|view] [--quick] [--docs]: plays docs/retire-the-sweeper.md on examples/agent-runner, with a real
// Postgres, a real tmux and real deaths, undoes each step once, and checks after every step what the application's own
// readers say. It ends with 1 where anything is wrong. --docs writes what the
// commands print into the page, and the table.
import proc from 'node:process';
import { parseArgs } from 'node:util';
import { readPage, writeOutputs } from './retire/page.mjs';
import { Play } from './retire/play.mjs';
import { report } from './retire/report.mjs';
import { openStage } from './retire/stage.mjs';

const ENDS = { table: ['3', '4', '5', '6'], view: ['3v', '4v', '5v', '6v'] };
const FLAG = { type: 'boolean', default: false };
const { values } = parseArgs({ options: { end: { type: 'string' }, quick: FLAG, docs: FLAG } });
if (values.end !== undefined && !(values.end in ENDS)) {
  console.error(`--end: expected ${Object.keys(ENDS).join(' or ')}, got '${values.end}'`);
  proc.exit(2);
}
if (proc.getuid() !== 0) {
  console.error('it needs root: who may not see all processes cannot prove that most of a fleet has died at once');
  proc.exit(3);
}
const ends = values.end === undefined ? Object.keys(ENDS) : [values.end];

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  proc.on(signal, () => proc.exit(code));
}
const stage = await openStage(values.quick ? 1 : 2);
const play = new Play(stage, readPage(), values.quick);
// Both ends begin with them: a short play of the second one takes them as tried.
const isShort = values.quick && values.end === 'view';
await play.begin();
for (const step of ['1', '2']) await (isShort ? play.go(step) : play.step(step));
for (const [index, end] of ends.entries()) {
  for (const step of ENDS[end]) await play.step(step);
  await play.end(end);
  // The way back, to where the other end begins.
  if (index < ends.length - 1) await play.back(ENDS[end]);
}
await play.close();
const { table, notes, failed } = report(play.phases);
console.log(`${table}\n\n${notes}`);
if (values.docs) writeOutputs(play.outputs, table, stage.app);
proc.exit(failed.length === 0 ? 0 : 1);
