import type { IncumbentReport, Place, Running } from '../model/incumbent.ts';
import type { ProcessFacts } from '../model/process.ts';
import { toText } from '../model/text.ts';
import type { CommandRule } from './commands.ts';
import { innerEvidence } from './end-evidence.ts';
import { isInterpreter } from './interpreter.ts';
import { isLauncher } from './launcher-programs.ts';
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

function fileOf({ exe }: ProcessFacts, program: Program): Running['file'] {
  if (exe.kind !== 'value') return 'unread';
  if (isInterpreter(program.file)) return 'interpreter';
  return isLauncher(program) ? 'shell' : 'other';
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
