import type { IncumbentReport, Place, Running } from '../model/incumbent.ts';
import { PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import { toText } from '../model/text.ts';
import { isForeground } from './claimants.ts';
import type { CommandRule } from './commands.ts';
import { innerEvidence } from './end-evidence.ts';
import { isInterpreter } from './interpreter.ts';
import { isLauncher, KNOWN_SHELLS } from './launcher-programs.ts';
import { displayName, type Program, programOf } from './program.ts';
import { type LookContext, startedAt } from './session.ts';

/** What has a number now, for a row that may mean another process by it. */
export function running(facts: ProcessFacts, program: Program, place: Place, context: RunningContext): Running {
  const started = startedAt(facts.stat.startTimeTicks, context);
  const file = fileOf(facts, program, context.stats);
  const isYoung = !started || context.lookedAt.getTime() - started.getTime() < STARTING_MS;
  return {
    command: toText(displayName(program)),
    file: file === 'shell' && isYoung ? 'launcher' : file,
    startedAt: started,
    place,
    below: isLauncher(program) ? descendantsOf(facts.stat.pid, context.stats) : [],
  };
}

/** What one look knows of all processes. */
export interface RunningContext extends LookContext {
  readonly stats: ReadonlyMap<number, ProcessStat>;
  readonly lookedAt: Date;
}

/** For how long a new shell may be reading its own files, which may end in an exec. */
const STARTING_MS = 10_000;

function descendantsOf(pid: number, stats: ReadonlyMap<number, ProcessStat>): number[] {
  const found = new Set([pid]);
  let before = 0;
  while (found.size > before) {
    before = found.size;
    for (const stat of stats.values()) if (found.has(stat.ppid)) found.add(stat.pid);
  }
  found.delete(pid);
  return [...found];
}

/** What kind of program it is, as far as that says whether it can be another one soon, or under another name. */
export function fileOf(
  facts: ProcessFacts,
  program: Program,
  stats: ReadonlyMap<number, ProcessStat>,
): Running['file'] {
  const { exe, argv, stat, stdin } = facts;
  if ((stat.flags & PF.KTHREAD) !== 0) return 'kernel';
  if (exe.kind !== 'value' || argv.kind !== 'value') return 'unread';
  if (argv.value.length === 0) return 'starting';
  if (isInterpreter(program.file)) return 'interpreter';
  if (!isLauncher(program)) return 'other';
  // One that reads its commands from a file or a pipe runs a script, whatever its arguments are.
  const readsTerminal = stdin?.kind === 'value' && /^\/dev\/(?:pts\/|tty)/.test(stdin.value);
  const isBare = argv.value.slice(1).every((it) => /^-(?!c|-$)/.test(it));
  const waits = isForeground(stat) === true && stat.state === 'S';
  if (!KNOWN_SHELLS.has(program.file) || !isBare || !readsTerminal || !waits) return 'launcher';
  // With a child it runs something, if only a line of its .bashrc.
  for (const it of stats.values()) if (it.ppid === stat.pid) return 'launcher';
  return 'shell';
}

/**
 * The numbers that processes have in pid namespaces of their own, and their numbers here: a row that was written inside
 * of a container holds the former. Left out is only what cannot be an agent under another title.
 */
export function innerPids({
  facts,
  commands,
  stats,
}: {
  readonly stats: ReadonlyMap<number, ProcessStat>;
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  readonly commands: CommandRule;
}): ReadonlyMap<number, NonNullable<IncumbentReport['innerOf']>> {
  const inner = new Map<number, NonNullable<IncumbentReport['innerOf']>>();
  for (const [pid, it] of facts) {
    if (it.namespacePids?.kind !== 'value' || it.namespacePids.value.length < 2) continue;
    const program = programOf(it);
    const file = fileOf(it, program, stats);
    if (commands.match(program) === null && (file === 'other' || file === 'shell')) continue;
    const numbers = it.namespacePids.value;
    for (const number of numbers.slice(1)) inner.set(number, { pid, evidence: innerEvidence(pid, numbers) });
  }
  return inner;
}
