// Reads a relation of the kernel's on request, in a process of its own: one line on standard input is one look with all
// rows, and gets one line of answer. The first one is cold: the program has been loaded, and nothing of it has run yet.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';

const [name = '', homes = '', command = ''] = proc.argv.slice(2);
const relation = KERNEL_RELATIONS.find((it) => it.name === name);
if (!relation) throw new Error(`no relation is called ${name}`);

for await (const _ of readline.createInterface({ input: proc.stdin })) {
  const start = performance.now();
  const look = await MachineLook.open({ homes: parseHomes([`${homes}/*`]), commands: [command] });
  const looked = performance.now();
  const rows = await relation.rows(look, { sessions: null, wants: () => true, options: {} });
  const end = performance.now();
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const sample = { ms: end - start, rowsMs: end - looked, peakBytes: peakKib * 1024, found: rows.length };
  proc.stdout.write(`${JSON.stringify(sample)}\n`);
}
