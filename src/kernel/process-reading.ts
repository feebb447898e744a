import { isLive, PF, type ProcessStat } from '../model/process.ts';
import type { ProcessDetails, ProcessTimes } from '../model/process-entry.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parseProcStat } from './parse/proc-stat.ts';
import { parseStatTimes } from './parse/proc-stat-times.ts';
import { type DetailsGap, type DetailsReader, NO_DETAILS } from './process-details.ts';
import type { Procfs } from './procfs.ts';

/** The flags that say what kind of process it is; the others come and go. */
const KIND_FLAGS = PF.EXITING | PF.FORKNOEXEC | PF.KTHREAD;

/** How often a process that changes under our eyes is looked at again. */
const TRIES = 3;

/** One process, read as a whole: everything in it is of one incarnation. */
export interface ProcessReading {
  readonly stat: ProcessStat;
  /** Null where nobody asked. */
  readonly times: ProcessTimes | null;
  readonly details: ProcessDetails;
}

/** How processes are read. */
export interface ReadingOptions {
  readonly procfs: Procfs;
  /** `procfs.bracket`, or a quicker one. */
  readonly bracket: Procfs['bracket'];
  readonly log: CoverageLog;
  /** Whether to read what they have used. */
  readonly times: boolean;
  /** Reads the rest; null where nobody asked. */
  readonly details: DetailsReader | null;
}

/**
 * Reads a process that a look has seen.
 * What it is now stands in the stat line that is read last. Where that differs from what the details were read by, the
 * process has changed meanwhile, and is read again.
 *
 * Source: /proc/<pid>/stat and what the details are read from
 * Needs:  nothing for stat; under hidepid the process's own user
 * @param known what the look has seen: enough, where nobody asks for more
 * @returns null where it has been reaped since
 */
export function readProcess(known: ProcessStat, options: ReadingOptions): ProcessReading | null {
  const { procfs, times, details } = options;
  if (details !== null) return readInFull(known, details, options);
  if (!times) return { stat: known, times: null, details: NO_DETAILS };
  // One file is all that is asked, and a file is of one process: whoever has the number now.
  return understood(known, procfs.readStat(known.pid), NO_DETAILS, options);
}

function readInFull(known: ProcessStat, details: DetailsReader, options: ReadingOptions): ProcessReading | null {
  let before = known;
  for (let tries = 1; ; tries++) {
    const gaps: DetailsGap[] = [];
    const read = options.bracket(known.pid, (files) => details.of(files, before, gaps));
    if (read.kind !== 'value') return understood(before, read, NO_DETAILS, options);
    const { facts, stat } = read.value;
    const reading = understood(before, { kind: 'value', value: stat }, facts, options);
    if (reading === null) return null;
    const settled = isSettled(before, reading.stat);
    const isStarting = facts.argv?.length === 0;
    if ((settled && !isStarting) || tries === TRIES) {
      for (const gap of gaps) noteGap(gap, known.pid, options.log);
      if (!settled) options.log.addPid('unstable', known.pid);
      return reading;
    }
    before = reading.stat;
  }
}

/** Whether it is what it was when its details were read. In exec(2) a process has a new program, and no arguments yet. */
function isSettled(before: ProcessStat, stat: ProcessStat): boolean {
  return (
    before.startTimeTicks === stat.startTimeTicks &&
    before.comm === stat.comm &&
    before.ttyNr === stat.ttyNr &&
    (before.flags & KIND_FLAGS) === (stat.flags & KIND_FLAGS) &&
    (before.state === 'Z') === (stat.state === 'Z') &&
    isLive(before) === isLive(stat)
  );
}

function noteGap(gap: DetailsGap, pid: number, log: CoverageLog): void {
  if (typeof gap === 'string') log.addPid(gap, pid);
  else log.addDamage(gap, pid);
}

/** A stat line with what was read beside it; where it could not be read or understood, the process as it was known. */
function understood(
  known: ProcessStat,
  bytes: ReturnType<Procfs['readStat']>,
  details: ProcessDetails,
  { log, times }: ReadingOptions,
): ProcessReading | null {
  if (bytes.kind === 'gone') return null;
  const both = parseOutcome(bytes, (line) => {
    return { stat: parseProcStat(line), times: times ? parseStatTimes(line) : null };
  });
  if (both.kind === 'value') return { ...both.value, details };
  if (both.kind === 'malformed') log.addDamage(both.error, known.pid);
  else if (both.kind === 'denied') log.addPid('stat_denied', known.pid);
  return { stat: known, times: null, details: NO_DETAILS };
}
