import { type Outcome, value } from '../model/outcome.ts';
import { type Executable, PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import { parseOutcome } from './attempt.ts';
import { type CwdQuestion, holdLocal, readCwd } from './cwd.ts';
import { livingTask } from './living-task.ts';
import type { MountTable, MountTables } from './mounts.ts';
import { parseProcCmdline } from './parse/proc-cmdline.ts';
import { parseNamespacePids } from './parse/proc-status.ts';
import { readHeldStat } from './process-stat.ts';
import type { HeldProcess } from './procfs.ts';
import type { Terminals } from './terminals.ts';

/** The flags that say what kind of process it is; the others come and go. */
const KIND_FLAGS = PF.EXITING | PF.FORKNOEXEC | PF.KTHREAD;

/** How often a process that changes under our eyes is looked at again. */
const TRIES = 3;

/** What is wanted of one process, and what is needed to get it. */
export interface Inspection extends CwdQuestion {
  readonly terminals: Terminals;
  readonly mounts: MountTables;
  /** Whether to find out which file a program is (dev:ino), beside its path. */
  readonly identifyPrograms: boolean;
  /** Whether to read its numbers in other pid namespaces. */
  readonly readsNamespaces: boolean;
  /** Whether it matters where this process's commands come from: it may be a shell at its prompt. */
  readonly wantsStdin: (facts: ProcessFacts) => boolean;
  /** Whether this process's working directory is of interest, by what was read of it so far. */
  readonly wantsCwd: (facts: ProcessFacts) => boolean;
}

/** The facts, and whether the working directory still has to be asked for with a deadline. */
export interface Inspected {
  readonly facts: ProcessFacts;
  /** The name of the directory that is to be asked for: `cwd`; null where that is done. */
  readonly remoteCwd: string | null;
}

/**
 * Reads the facts of one held process. stat is read first and last: where the two differ in anything that the facts
 * depend on, the process has changed in between, and the facts are read again.
 *
 * Source: /proc/<pid>/stat, cmdline, exe, cwd, fd, ns/mnt, status
 * Needs:  same uid or CAP_SYS_PTRACE for exe, cwd and the terminal's instance; otherwise those are denied
 * @returns `unsupported` with errno EAGAIN where it changed three times in a row
 */
export function inspect(held: HeldProcess, inspection: Inspection): Outcome<Inspected> {
  let before = readHeldStat(held);
  for (let tries = 0; tries < TRIES; tries++) {
    if (before.kind !== 'value') return before;
    const inspected = readFacts(held, before.value, inspection);
    const after = readHeldStat(held);
    if (after.kind !== 'value') return after;
    if (isSameMoment(before.value, after.value)) {
      // In exec(2) the program file is the new one already, and there are no arguments yet.
      const isStarting = inspected.facts.argv.kind === 'value' && inspected.facts.argv.value.length === 0;
      if (!isStarting || tries === TRIES - 1) return { kind: 'value', value: inspected };
    }
    before = after;
  }
  return { kind: 'unsupported', errno: 'EAGAIN' };
}

function readFacts(held: HeldProcess, stat: ProcessStat, inspection: Inspection): Inspected {
  const prefix = livingTask(held, stat);
  const path = held.readlink(`${prefix}exe`);
  const facts: ProcessFacts = {
    stat,
    argv: parseOutcome(held.read(`${prefix}cmdline`), parseProcCmdline),
    exe: path.kind === 'value' ? value({ path: path.value, file: null }) : path,
    cwd: null,
    terminal: null,
    terminalTimes: null,
    namespacePids: inspection.readsNamespaces ? parseOutcome(held.read('status'), parseNamespacePids) : null,
    stdin: null,
    groupLeader: 'unknown',
  };
  if (!inspection.wantsCwd(facts)) return { facts, remoteCwd: null };
  const mounts = inspection.mounts.of(held, prefix);
  const identifies = inspection.identifyPrograms && path.kind === 'value';
  const exe = identifies ? identify(held, prefix, path.value, mounts) : facts.exe;
  const { terminal, times } = inspection.terminals.of(held, stat.ttyNr, prefix);
  const stdin = inspection.wantsStdin(facts) ? held.readlink('fd/0') : null;
  const known = { ...facts, exe, terminal, terminalTimes: times, stdin };
  const cwd = readCwd(held, prefix, mounts, inspection);
  if (cwd === 'remote') return { facts: known, remoteCwd: `${prefix}cwd` };
  return { facts: { ...known, cwd }, remoteCwd: null };
}

function identify(held: HeldProcess, prefix: string, path: ByteString, mounts: MountTable | null): Outcome<Executable> {
  if (mounts?.reach(path) !== 'local') return value({ path, file: null });
  const file = holdLocal(held, `${prefix}exe`, mounts);
  if (file === 'remote') return value({ path, file: null });
  if (file.kind !== 'value') return file;
  const stat = file.value.stat(0);
  file.value.close();
  return stat.kind === 'value' ? value({ path, file: { dev: stat.value.dev, ino: stat.value.ino } }) : stat;
}

/** Whether two stats of one number are of one process, which nothing has happened to in between that matters. */
export function isSameMoment(a: ProcessStat, b: ProcessStat): boolean {
  return (
    a.comm === b.comm &&
    (a.flags & KIND_FLAGS) === (b.flags & KIND_FLAGS) &&
    a.startTimeTicks === b.startTimeTicks &&
    a.ttyNr === b.ttyNr &&
    a.sid === b.sid &&
    a.pgid === b.pgid &&
    a.ppid === b.ppid &&
    (a.state === 'Z') === (b.state === 'Z')
  );
}
