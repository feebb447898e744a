import { type Outcome, valueOrNull } from '../../model/outcome.ts';
import { COMM_BYTES } from '../../model/process.ts';
import { type ByteString, basename } from '../../model/text.ts';
import { parseOutcome } from '../attempt.ts';
import type { CoverageLog } from '../coverage.ts';
import type { Procfs } from '../procfs.ts';
import { decodeArguments, type ToldArguments } from './arguments-record.ts';
import type { TaskFile } from './task-file.ts';
import type { TaskRow } from './task-row.ts';

/** What is known of a process beside its row, all of it between two tellings of its incarnation. */
export interface ToldFacts {
  readonly argv: readonly ByteString[];
  /** The path of its program's file. */
  readonly exe: ByteString;
  /** What readlink said of its working directory. */
  readonly cwd: Outcome<ByteString>;
}

/** So many at least: below, one reading of all costs more than theirs one by one. */
const FEWEST = 32;
/** One in so many at least, since all processes are gone through to tell those. */
const ONE_IN = 32;

/** Whether it pays to ask the second iterator. */
export function isWorthTelling(wanted: number, processes: number): boolean {
  return wanted >= FEWEST && wanted * ONE_IN >= processes;
}

/**
 * Reads the paths of many processes by their numbers, and then the arguments of all by the second iterator. That tells when
 * each was started, to the nanosecond, as its row does: so a number was the same process's all the time, and what was
 * read by it in between is of that process. No stat has to be read for it.
 *
 * Source: /proc/<pid>/exe, cwd; the pin `arguments_text`
 * Needs:  the right to read that pin, and to see those links; who is left out has to be read as ever
 */
export function tellFacts(
  rows: readonly TaskRow[],
  file: TaskFile,
  { procfs, log }: { readonly procfs: Procfs; readonly log: CoverageLog },
): ReadonlyMap<TaskRow, ToldFacts> {
  const told = new Map<TaskRow, ToldFacts>();
  if (file.readArguments === null) return told;
  const links = rows.map((row) => {
    return { row, exe: procfs.readlink(`${row.pid}/exe`), cwd: procfs.readlink(`${row.pid}/cwd`) };
  });
  const read = parseOutcome(file.readArguments(), decodeArguments);
  if (read.kind === 'malformed') log.setCount('iterator_damaged', 1);
  const all = valueOrNull(read);
  for (const { row, exe, cwd } of links) {
    const its = all?.get(row.pid);
    if (its === undefined || exe.kind !== 'value' || cwd.kind !== 'value') continue;
    if (isOfRow(its, row)) told.set(row, { argv: its.argv, exe: exe.value, cwd });
  }
  return told;
}

/**
 * Whether arguments are of the process of a row, and of the program that it ran then: an interpreter can start another
 * script meanwhile (exec), which then has another name. Where the name is none of its arguments' /proc is asked.
 */
function isOfRow({ startNs, exeDev, exeIno, argv }: ToldArguments, row: TaskRow): boolean {
  if (startNs !== row.startNs || exeDev !== row.exeDev || exeIno !== row.exeIno) return false;
  const { comm } = row;
  const [called = '', first = '', second = ''] = argv;
  if (isNamed(comm, called.startsWith('-') ? called.slice(1) : called)) return true;
  return isNamed(comm, first.startsWith('-') ? second : first);
}

function isNamed(comm: ByteString, argument: ByteString): boolean {
  return comm !== '' && basename(argument).slice(0, COMM_BYTES) === comm;
}
