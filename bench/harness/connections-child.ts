// Reads the connections on request, in a process of its own: each line on standard input says which, and gets a line.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { parseHomes } from '../../src/index.ts';
import { MachineLook } from '../../src/look/machine-look.ts';
import { CONNECTIONS } from '../../src/relations/connections.ts';

const [homes = '', command = '', name = ''] = proc.argv.slice(2);

for await (const asked of readline.createInterface({ input: proc.stdin })) {
  const [whose, columns] = asked.split(' ');
  const wanted = columns === 'table' ? CONNECTIONS.shown : CONNECTIONS.columns.map((column) => column.name);
  const start = performance.now();
  const look = await MachineLook.open({ homes: parseHomes([`${homes}/*`]), commands: [command] });
  const looked = performance.now();
  const { sessions } = look.snapshot;
  const rows = await CONNECTIONS.rows(look, {
    sessions: whose === 'one' ? new Set(sessions.filter((session) => session.name.text === name)) : null,
    wants: (column) => wanted.includes(column),
    options: {},
  });
  const ended = performance.now();
  // VmHWM and not getrusage(2): the latter starts with what our parent had when it forked.
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const found = rows.filter((row) => row.sessions.length > 0).length;
  const answer = { ms: ended - start, lookMs: looked - start, peakBytes: peakKib * 1024, found };
  proc.stdout.write(`${JSON.stringify(answer)}\n`);
}
