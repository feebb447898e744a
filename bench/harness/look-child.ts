// Looks at the machine on request, in a process of its own, as a select on `sessions` does: the look, and what every column of
// it costs; nothing of SQL. Each line on standard input is a question, and gets one line of answer.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { Readings } from '../../src/sql/tables/readings.ts';
import { columnsOf } from '../../src/sql/tables/shared-look.ts';

const [homes = '', command = ''] = proc.argv.slice(2);
const wanted = new Set(columnsOf('sessions'));
const options = { homes: parseHomes([`${homes}/*`]), commands: [command], proveAbsence: false, explain: false };

for await (const _ of readline.createInterface({ input: proc.stdin })) {
  const start = performance.now();
  const lookAgain = () => MachineLook.open(options);
  const readings = new Readings(await MachineLook.open(options), { lookAgain, hasProof: false, run: null });
  const { rowsOf } = await readings.read('sessions', { wanted, isAtOnce: true });
  const rows = rowsOf('evidence');
  const ms = performance.now() - start;
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  proc.stdout.write(`${JSON.stringify({ ms, peakBytes: peakKib * 1024, found: rows.length })}\n`);
}
