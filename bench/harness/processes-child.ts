// Reads the relation of processes on request, in a process of its own: one line on standard input names the columns
// (`all` or `shown`), and gets one line of answer. The look at the sessions is a part of it.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { PROCESSES } from '../../src/relations/processes.ts';

const [homes = '', command = ''] = proc.argv.slice(2);
const plain = PROCESSES.columns.filter(({ flag }) => flag === undefined).map(({ name }) => name);
const columns: Readonly<Record<string, ReadonlySet<string>>> = {
  all: new Set(plain),
  shown: new Set(PROCESSES.shown),
};

for await (const which of readline.createInterface({ input: proc.stdin })) {
  const options = { homes: parseHomes([`${homes}/*`]), commands: [command] };
  const wanted = columns[which] ?? new Set();
  const start = performance.now();
  const look = await MachineLook.open(options);
  const rows = await PROCESSES.rows(look, { sessions: null, options: {}, wants: (name) => wanted.has(name) });
  const ms = performance.now() - start;
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  proc.stdout.write(`${JSON.stringify({ ms, peakBytes: peakKib * 1024, found: rows.length })}\n`);
}
