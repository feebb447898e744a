import { type Missing, type Outcome, value } from '../../model/outcome.ts';
import { type Executable, isLive, type ProcessFacts, type WorkingDirectory } from '../../model/process.ts';
import type { TerminalTimes } from '../../model/terminal.ts';
import { type ByteString, basename } from '../../model/text.ts';
import { parseOutcome } from '../attempt.ts';
import { isSameMoment } from '../inspect.ts';
import type { MountTable } from '../mounts.ts';
import { parseProcCmdline } from '../parse/proc-cmdline.ts';
import { splitTtyNr } from '../parse/tty-nr.ts';
import { readStat } from '../process-stat.ts';
import type { Procfs } from '../procfs.ts';
import type { ScanPlan } from '../scan-plan.ts';
import type { Terminals } from '../terminals.ts';
import { chainOf, isPlain } from './home-levels.ts';
import { ABSENT, type TaskRow, VERDICT } from './task-row.ts';
import type { ToldFacts } from './told-facts.ts';

/** What is needed to read what a row does not tell. */
export interface RowReading {
  readonly procfs: Procfs;
  readonly plan: ScanPlan;
  readonly mounts: MountTable | null;
  readonly terminals: Terminals;
  /** The tick in which the reading began: of who is younger a start in ticks does not tell one from the next. */
  readonly beganTicks: bigint;
  /** What was told of many at once. */
  readonly told: ReadonlyMap<TaskRow, ToldFacts>;
}

/** Where a row says that the process is. */
export interface RowPlace {
  /** The level of its home; -1 outside of all. */
  readonly level: number;
  /** That home's path; null outside. */
  readonly home: ByteString | null;
}

/** The facts; that it has ended; or that it has to be read from /proc alone, as ever. */
export type RowFacts = ProcessFacts | 'ended' | 'by_procfs';

/**
 * Whether a row can stand for what /proc would tell of a process. Not where it changed while it was told, where its way up
 * is not whole, where only a thread of it is left, or where its terminal is none that the row can name.
 */
export function canStand(row: TaskRow): boolean {
  if (row.verdict !== VERDICT.SOUND || row.levels === 0) return false;
  if ((row.absent & (ABSENT.CWD | ABSENT.EXE)) !== 0 || row.state === 'Z' || !isLive(row)) return false;
  return row.ttyNr === 0 || row.ttyDev !== null;
}

/**
 * The facts of one process: from its row, and from /proc what a row does not have (arguments, and the paths of program and
 * directory). Its number is nobody else's in between: the stat that is read last has the start of the row, which is before
 * the reading, and whoever got the number after it has a later one.
 *
 * Source: a row; /proc/<pid>/cmdline, exe, cwd, stat
 * Needs:  nothing for the row; what may not be seen in /proc is told by the row, or denied
 */
export function factsOf(row: TaskRow, place: RowPlace, reading: RowReading): RowFacts {
  const { procfs, plan } = reading;
  if (row.startTimeTicks >= reading.beganTicks) return 'by_procfs';
  const told = reading.told.get(row) ?? null;
  const path = told ? value(told.exe) : procfs.readlink(`${row.pid}/exe`);
  const argv = told ? value(told.argv) : parseOutcome(procfs.read(`${row.pid}/cmdline`), parseProcCmdline);
  const exe = executableOf(row, path, reading);
  if (exe === 'by_procfs') return exe;
  const bare: ProcessFacts = {
    stat: row,
    argv,
    exe,
    cwd: null,
    terminal: null,
    terminalTimes: null,
    namespacePids: plan.readsNamespaces ? value([row.pid]) : null,
    stdin: null,
    groupLeader: 'unknown',
  };
  const wantsCwd = plan.wantsCwd(bare);
  if (plan.wantsStdin(bare)) return 'by_procfs';
  if (told) return wantsCwd ? { ...bare, ...placeFacts(row, told.cwd, place, reading) } : bare;
  const link = wantsCwd ? procfs.readlink(`${row.pid}/cwd`) : null;
  const again = readStat(procfs, row.pid);
  if (again.kind !== 'value') return unread(bare, again, { row, place, reading, wantsCwd });
  if (!isSameMoment(row, again.value) || argv.kind !== 'value' || argv.value.length === 0) return 'by_procfs';
  return link === null ? bare : { ...bare, ...placeFacts(row, link, place, reading) };
}

/** One that /proc does not show to us: what its row says stands for itself. */
function unread(
  bare: ProcessFacts,
  missing: Missing,
  of: { readonly row: TaskRow; readonly place: RowPlace; readonly reading: RowReading; readonly wantsCwd: boolean },
): RowFacts {
  const { row, place, reading, wantsCwd } = of;
  if (missing.kind === 'gone' && !reading.procfs.exists(row.pid)) return 'ended';
  if (missing.kind !== 'gone' && missing.kind !== 'denied') return 'by_procfs';
  const denied: Outcome<never> = { kind: 'denied', errno: missing.errno };
  const exe = executableOf(row, denied, reading);
  if (exe === 'by_procfs') return exe;
  const facts = { ...bare, argv: denied, exe };
  return wantsCwd ? { ...facts, ...placeFacts(row, denied, place, reading) } : facts;
}

/** By its path; where that may not be seen, by the name of its file, which the row has. */
function executableOf(
  row: TaskRow,
  path: Outcome<ByteString>,
  { plan, mounts }: RowReading,
): Outcome<Executable> | 'by_procfs' {
  const name = row.exeName;
  const device = BigInt(row.exeDev);
  if (plan.identifyPrograms && !isPlain(device, mounts)) return 'by_procfs';
  const file = plan.identifyPrograms ? { dev: device, ino: row.exeIno } : null;
  if (path.kind === 'denied') return name === null ? path : value({ path: name, file });
  if (path.kind !== 'value') return path.kind === 'gone' ? path : 'by_procfs';
  const isThat = basename(path.value) === name || path.value.endsWith(DELETED);
  return isThat ? value({ path: path.value, file }) : 'by_procfs';
}

const DELETED = ' (deleted)';

function placeFacts(
  row: TaskRow,
  link: Outcome<ByteString>,
  place: RowPlace,
  reading: RowReading,
): Pick<ProcessFacts, 'cwd' | 'terminal' | 'terminalTimes'> {
  const { ttyNr, ttyDev } = row;
  const cwd = value(workingDirectory(row, link, place));
  if (ttyNr === 0 || ttyDev === null) return { cwd, terminal: null, terminalTimes: null };
  const { index } = splitTtyNr(ttyNr);
  const dev = index === null ? null : BigInt(ttyDev);
  const terminal = { name: reading.terminals.nameOf(ttyNr), ttyNr, dev, index };
  return { cwd, terminal, terminalTimes: timesOf(row) };
}

function workingDirectory(row: TaskRow, link: Outcome<ByteString>, { level, home }: RowPlace): WorkingDirectory {
  const chain = chainOf(row, level === -1 ? row.levels - 1 : level);
  // In the home itself the path is the home's, whoever may read the link.
  const inHome = level === 0 ? home : null;
  return { path: link.kind === 'value' ? link.value : inHome, chain, deleted: row.cwdLinks === 0, cut: false };
}

/** Who owns a terminal can set its times to anything: what no Date can be is not known. */
function timesOf({ ttyUsed }: TaskRow): TerminalTimes | null {
  const lastInputAt = new Date(ttyUsed.readSeconds * 1000);
  const lastOutputAt = new Date(ttyUsed.writtenSeconds * 1000);
  const isKnown = !Number.isNaN(lastInputAt.getTime()) && !Number.isNaN(lastOutputAt.getTime());
  return isKnown ? { lastInputAt, lastOutputAt } : null;
}
