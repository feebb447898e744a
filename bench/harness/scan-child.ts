// Scans on request, in a process of its own: one line on standard input is one scan, and gets one line of answer.
// The first scan is the cold one: the program has been loaded, and nothing of it has run yet.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { observe, parseHomes } from '../../src/index.ts';

const [homes = '', command = ''] = proc.argv.slice(2);

for await (const _ of readline.createInterface({ input: proc.stdin })) {
  const options = { homes: parseHomes([`${homes}/*`]), commands: [command] };
  const start = performance.now();
  const snapshot = await observe(options);
  const ms = performance.now() - start;
  // VmHWM and not getrusage(2): the latter starts with what our parent had when it forked.
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  proc.stdout.write(`${JSON.stringify({ ms, peakBytes: peakKib * 1024, found: snapshot.sessions.length })}\n`);
}
