import { ARGUMENTS, TASKS } from '../../src/fdw/bpf/text-form.ts';
import type { ProcessFacts, ProcessStat, WorkingDirectory } from '../../src/model/process.ts';
import { basename } from '../../src/model/text.ts';

/** The text forms that the kernel would write of processes, without their last newline. */
export interface TaskLines {
  readonly tasks: string;
  readonly arguments: string;
}

/** Whose numbers they are. */
export const PID_NAMESPACE = 4026531836;
const NOW_NS = 100_000_000_000_000n;
const NS_PER_TICK = 10_000_000n;
const ARGUMENT_BYTES = 1024;
const STATE_BITS: Readonly<Record<string, number>> = { R: 0, S: 1, D: 2, T: 4, t: 8, I: 1026, P: 64 };

/** What may be otherwise than usual. */
export interface LineOptions {
  readonly generation?: number;
  /** The bits of a row's verdict. */
  readonly verdict?: (pid: number) => number;
  /** Whose command lines are told; else those of who has a terminal, or an interpreter's name. */
  readonly tellsArguments?: (stat: ProcessStat) => boolean;
}

const SOUND = 1;

/** What a kernel would tell of these processes, sound or not. */
export function taskLines(
  stats: Iterable<ProcessStat>,
  facts: ReadonlyMap<number, ProcessFacts>,
  options: LineOptions = {},
): TaskLines {
  const all = [...stats];
  const rows = all.map((stat) => taskLine(stat, facts.get(stat.pid), options));
  const { tellsArguments = (stat) => stat.ttyNr !== 0 || isInterpreterComm(stat.comm) } = options;
  const told = all.filter(tellsArguments);
  const lines = told.map((stat) => argumentsLine(stat, facts.get(stat.pid)));
  return { tasks: framed(rows, TASK_FIELDS), arguments: framed(lines, ARGUMENT_FIELDS) };
}

const TASK_FIELDS = TASKS.length;
const ARGUMENT_FIELDS = ARGUMENTS.length;
const PID_NS_AT = TASKS.findIndex(([name]) => name === 'pid_ns');

function framed(rows: readonly string[], fields: number): string {
  const line = (kind: number, number: number) => {
    const words = [String(kind), String(number), '', String(NOW_NS), ...Array.from({ length: fields - 4 }, () => '')];
    // Whose numbers they are: the reader's pid and user namespace.
    if (kind === 0 && fields === TASK_FIELDS) words[PID_NS_AT] = String(PID_NAMESPACE);
    return words.join('\t');
  };
  return [line(0, 1), ...rows, line(2, rows.length)].join('\n');
}

function taskLine(
  stat: ProcessStat,
  facts: ProcessFacts | undefined,
  { generation = 7, verdict = () => SOUND }: LineOptions,
): string {
  const ended = stat.state === 'Z' || stat.state === 'X';
  const cwd = !ended && facts?.cwd?.kind === 'value' ? facts.cwd.value : null;
  const exe = !ended && facts?.exe.kind === 'value' ? facts.exe.value : null;
  const name = exe === null ? null : hex(basename(exe.path.replace(/ \(deleted\)$/, '')));
  const bits = verdict(stat.pid) | (cwd?.cut ? 2 : 0);
  const fields: (string | number | bigint | null)[] = [
    1,
    null,
    stat.pid,
    stat.startTimeTicks * NS_PER_TICK,
    null,
    stat.ppid,
    stat.pgid,
    stat.sid,
    stat.ttyNr === 0 ? null : Math.max(stat.tpgid, 0),
    stat.ttyNr,
    stat.ttyNr === 0 ? null : 26,
    ended ? 0 : (STATE_BITS[stat.state] ?? 1),
    stat.state === 'Z' ? 32 : ended ? 16 : 0,
    stat.flags,
    stat.threadCount,
    0,
    0,
    hex(stat.comm) || null,
    exe === null ? null : fileKey(exe.path),
    name === null || name.length > 128 ? null : name,
    ...[1, 2, PID_NAMESPACE, 4, 5, 6, 7, 8],
    null,
    1,
    null,
    null,
    null,
    null,
    cwd === null ? null : cwd.deleted ? 0 : 2,
    bits,
    cwd?.chain.length ?? 0,
    cwd === null ? null : chainText(cwd, generation),
  ];
  return fields.map((it) => it ?? '').join('\t');
}

function argumentsLine(stat: ProcessStat, facts: ProcessFacts | undefined): string {
  const ended = stat.state === 'Z' || stat.state === 'X';
  const argv = !ended && facts?.argv.kind === 'value' ? facts.argv.value.map((it) => `${it}\0`).join('') : '';
  const exe = !ended && facts?.exe.kind === 'value' ? facts.exe.value : null;
  const whole = argv.length <= ARGUMENT_BYTES ? 1 : 0;
  const start = stat.startTimeTicks * NS_PER_TICK;
  const text = hex(argv.slice(0, ARGUMENT_BYTES));
  return [1, '', stat.pid, start, exe === null ? '' : fileKey(exe.path), whole, text].join('\t');
}

function chainText({ chain }: WorkingDirectory, generation: number): string {
  const digits = (value: bigint | number, length: number) => value.toString(16).padStart(length, '0');
  return chain.map(({ dev, ino }) => digits(dev, 8) + digits(ino, 16) + digits(generation, 8)).join('');
}

/** Any number will do, as long as one path has one. */
function fileKey(path: string): string {
  const sum = [...path].reduce((all, letter) => (all * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return `0000fe00${sum.toString(16).padStart(16, '0')}`;
}

function isInterpreterComm(comm: string): boolean {
  return /^(?:node|bun|deno|python|ruby|perl|ld-|MainThread)/.test(comm);
}

function hex(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('hex');
}
