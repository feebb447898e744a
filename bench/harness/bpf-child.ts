// Reads the iterator, or /proc, on request, in a process of its own: each line on standard input names what to do once, and
// gets one line of answer.
import fs from 'node:fs';
import proc from 'node:process';
import readline from 'node:readline';
import { observe, parseHomes } from '../../src/index.ts';
import { HomeLevels } from '../../src/kernel/bpf/home-levels.ts';
import { openPin } from '../../src/kernel/bpf/task-file.ts';
import { decodeTasks } from '../../src/kernel/bpf/task-record.ts';
import { liveTasks } from '../../src/kernel/bpf/task-source.ts';
import { CoverageLog } from '../../src/kernel/coverage.ts';
import { resolveHomes } from '../../src/kernel/homes.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { MountTables } from '../../src/kernel/mounts.ts';
import { Terminals } from '../../src/kernel/terminals.ts';

const [homes = '', command = '', pins = ''] = proc.argv.slice(2);
const machine = { ...liveMachine(), tasks: liveTasks(pins) };
const specs = parseHomes([`${homes}/*`]);
const pin = openPin(`${pins}/sessions`);

function rows() {
  const read = pin.read();
  if (read.kind !== 'value') throw new Error(`the pin may not be read: ${read.kind}`);
  return decodeTasks(read.value).rows;
}

/** Names, pids and terminals of all homes, and nothing else of them: by the rows alone. */
async function sessionMap(): Promise<number> {
  const log = new CoverageLog();
  const resolved = await resolveHomes(machine, specs, { mounts: new MountTables(machine.procfs, log).own(), log });
  const levels = new HomeLevels(resolved.homes);
  const terminals = new Terminals(machine.procfs, log);
  const found = new Map<string, { readonly pid: number; readonly terminal: string }>();
  for (const row of rows()) {
    const { ttyNr } = row;
    const level = ttyNr === 0 ? -1 : levels.find(row);
    const name = level === -1 ? undefined : levels.at(row, level)?.name;
    if (name !== undefined && row.comm === command)
      found.set(name, { pid: row.pid, terminal: terminals.nameOf(ttyNr) });
  }
  return found.size;
}

const look = async (source: 'procfs' | 'bpf') => {
  return (await observe({ homes: specs, commands: [command], machine, source })).sessions.length;
};

const DEEDS: Readonly<Record<string, () => number | Promise<number>>> = {
  read: () => rows().length,
  map: sessionMap,
  procfs: () => look('procfs'),
  bpf: () => look('bpf'),
};

for await (const line of readline.createInterface({ input: proc.stdin })) {
  const deed = DEEDS[line];
  if (deed === undefined) throw new Error(`nothing is called ${line}`);
  const cpu = proc.cpuUsage();
  const start = performance.now();
  const found = await deed();
  const ms = performance.now() - start;
  const { user, system } = proc.cpuUsage(cpu);
  const peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const answer = { ms, cpuMs: (user + system) / 1000, peakBytes: peakKib * 1024, found };
  proc.stdout.write(`${JSON.stringify(answer)}\n`);
}
