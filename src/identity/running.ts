import type { IncumbentReport, Place, Running } from '../model/incumbent.ts';
import type { ProcessFacts } from '../model/process.ts';
import { toText } from '../model/text.ts';
import type { CommandRule } from './commands.ts';
import { innerEvidence } from './end-evidence.ts';
import { isInterpreter } from './interpreter.ts';
import { isLauncher, KNOWN_SHELLS } from './launcher-programs.ts';
import { displayName, type Program, programOf } from './program.ts';
import { type LookContext, startedAt } from './session.ts';

/** What has a number now, for a row that may mean another process by it. */
export function running(facts: ProcessFacts, program: Program, place: Place, context: LookContext): Running {
  return {
    command: toText(displayName(program)),
    file: fileOf(facts, program),
    startedAt: startedAt(facts.stat.startTimeTicks, context),
    place,
  };
}

/** What kind of program it is, as far as that says whether it can be another one soon, or under another name. */
export function fileOf({ exe, argv }: Pick<ProcessFacts, 'exe' | 'argv'>, program: Program): Running['file'] {
  if (exe.kind !== 'value' || argv.kind !== 'value') return 'unread';
  if (argv.value.length === 0) return 'starting';
  if (isInterpreter(program.file)) return 'interpreter';
  if (!isLauncher(program)) return 'other';
  const isAtPrompt = KNOWN_SHELLS.has(program.file) && argv.value.slice(1).every((it) => /^-(?!c|-$)/.test(it));
  return isAtPrompt ? 'shell' : 'launcher';
}

/**
 * The numbers that sessions have in pid namespaces of their own, and their numbers here: a row that was written inside
 * of a container holds the former.
 */
export function innerPids({
  facts,
  commands,
}: {
  readonly facts: ReadonlyMap<number, ProcessFacts>;
  readonly commands: CommandRule;
}): ReadonlyMap<number, NonNullable<IncumbentReport['innerOf']>> {
  const inner = new Map<number, NonNullable<IncumbentReport['innerOf']>>();
  for (const [pid, it] of facts) {
    if (it.namespacePids?.kind !== 'value' || commands.match(programOf(it)) === null) continue;
    const numbers = it.namespacePids.value;
    for (const number of numbers.slice(1)) inner.set(number, { pid, evidence: innerEvidence(pid, numbers) });
  }
  return inner;
}
