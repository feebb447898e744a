// Reads a relation of the kernel's on request, in a process of its own: each line on standard input says which columns
// (`all`, `shown`, or as in `--columns`), and of which session, where not of all; it gets one line of answer. The first
// one is cold: the program has been loaded, and nothing of it has run yet.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { KERNEL_RELATIONS } from '../../src/relations/kernel-relations.ts';

const [name = '', homes = '', command = ''] = proc.argv.slice(2);
const relation = KERNEL_RELATIONS.find((it) => it.name === name);
if (!relation) throw new Error(`no relation is called ${name}`);
const sets: Readonly<Record<string, readonly string[]>> = {
  all: relation.columns.filter(({ flag }) => flag === undefined).map((column) => column.name),
  shown: relation.shown,
};

for await (const asked of readline.createInterface({ input: proc.stdin })) {
  const [columns = '', session] = asked.split(' ');
  const wanted = new Set(sets[columns] ?? columns.split(','));
  const before = proc.cpuUsage();
  const start = performance.now();
  const look = await MachineLook.open({ homes: parseHomes([`${homes}/*`]), commands: [command] });
  const looked = performance.now();
  const named = look.snapshot.sessions.filter((it) => it.name.text === session);
  const sessions = session === undefined ? null : new Set(named);
  const rows = await relation.rows(look, { sessions, wants: (column) => wanted.has(column), options: {} });
  const end = performance.now();
  const { user, system } = proc.cpuUsage(before);
  // VmHWM and not getrusage(2): the latter starts with what our parent had when it forked.
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const answer = {
    ms: end - start,
    lookMs: looked - start,
    cpuMs: (user + system) / 1000,
    peakBytes: peakKib * 1024,
    found: rows.length,
    joined: rows.filter((row) => row.sessions.length > 0).length,
  };
  proc.stdout.write(`${JSON.stringify(answer)}\n`);
}
