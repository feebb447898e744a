// Reads the relation of processes on request, in a process of its own: one line on standard input names the columns
// (`all`, or as in `--columns`), and gets one line of answer. The look at the sessions is a part of it.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { PROCESSES } from '../../src/relations/processes.ts';

const [homes = '', command = ''] = proc.argv.slice(2);
const plain = PROCESSES.columns.filter(({ flag }) => flag === undefined).map(({ name }) => name);

for await (const which of readline.createInterface({ input: proc.stdin })) {
  const options = { homes: parseHomes([`${homes}/*`]), commands: [command] };
  const wanted = new Set(which === 'all' ? plain : which.split(','));
  const before = proc.cpuUsage();
  const start = performance.now();
  const look = await MachineLook.open(options);
  const rows = await PROCESSES.rows(look, { sessions: null, options: {}, wants: (name) => wanted.has(name) });
  const ms = performance.now() - start;
  const { user, system } = proc.cpuUsage(before);
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  proc.stdout.write(
    `${JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: peakKib * 1024, found: rows.length })}\n`,
  );
}
