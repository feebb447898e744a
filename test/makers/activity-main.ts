// Looks at a process through a window, and prints of each fact whether it was seen: `activity-main PID`.
import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityWindow } from '../../src/kernel/activity-window.ts';
import { parseOutcome } from '../../src/kernel/attempt.ts';
import { readLineage } from '../../src/kernel/lineage.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import type { TtyCalls } from '../../src/kernel/native/tty.ts';
import { parseProcStat } from '../../src/kernel/parse/proc-stat.ts';

const machine = liveMachine();
const opened = machine.procfs.open(Number(globalThis.process.argv[2]));
if (opened.kind !== 'value') throw new Error(`it cannot be opened: ${opened.kind}`);
const stat = parseOutcome(opened.value.read('stat'), parseProcStat);
if (stat.kind !== 'value') throw new Error(`its stat cannot be read: ${stat.kind}`);
// koffi cannot be bundled, and what it would say of a terminal that may be opened is tested elsewhere.
const tty = { unread: () => ({ kind: 'value', value: 0 }), mode: () => ({ kind: 'value', value: null }) };
const options = { machine, proc: opened.value, stat: stat.value, tty: tty as unknown as TtyCalls };
const window = new ActivityWindow(options, readLineage(machine.procfs));
await sleep(50);
const { terminal, frozen, cpuNs, bytesRead, waiting, children } = window.read(readLineage(machine.procfs));
window.close();
const { times, writes, unreadBytes } = terminal ?? {};
const outcomes = { bytesRead, children, cpuNs, frozen, waiting, times, unreadBytes, writes };
const kinds = Object.entries(outcomes).map(([name, outcome]) => [name, outcome?.kind ?? 'none']);
globalThis.process.stdout.write(`${JSON.stringify(Object.fromEntries(kinds))}\n`);
