import { PlumblineError } from '../model/errors.ts';
import type { LookSource, SourceChoice } from '../model/look-source.ts';
import { toText } from '../model/text.ts';
import type { NotUsed } from './bpf/readings.ts';
import type { TaskFile } from './bpf/task-file.ts';
import { isNotUsed, scanTasks } from './bpf/task-scan.ts';
import { isTaskFile } from './bpf/task-source.ts';
import type { CoverageLog } from './coverage.ts';
import type { Machine } from './machine.ts';
import { scanProcesses } from './processes.ts';
import type { Scan, ScanPlan } from './scan-plan.ts';

/** A scan, and where it comes from. */
export interface SourcedScan extends Scan {
  readonly source: LookSource;
}

/**
 * Looks at all processes, by the kernel's iterator where there is one that may be read and believed, else by /proc.
 *
 * Source: the iterator; /proc
 * Needs:  nothing; what may not be seen is noted in `log`
 * @throws {PlumblineError} `blind` where it has to be the iterator, and that cannot tell
 */
export async function scan(
  machine: Machine,
  plan: ScanPlan,
  log: CoverageLog,
  choice: SourceChoice = 'auto',
): Promise<SourcedScan> {
  const file = await findTasks(machine, choice, log);
  if (file !== null) {
    const told = await scanTasks(machine, file, plan, log);
    if (!isNotUsed(told)) return { ...told, source: 'bpf' };
    if (choice === 'bpf') throw notTold(told);
    noteNotUsed(told, log);
  }
  return { ...(await scanProcesses(machine, plan, log)), source: 'procfs' };
}

/** Null: /proc it is. */
async function findTasks({ tasks, procfs }: Machine, choice: SourceChoice, log: CoverageLog): Promise<TaskFile | null> {
  if (choice === 'procfs') return null;
  // The iterator counts as we do, and this /proc counts otherwise: what one says of a number is not what the other does.
  if (tasks === null || log.has('foreign_procfs')) {
    if (choice === 'auto') return null;
    const why = tasks === null ? 'a recorded scene has none' : `${procfs.root} belongs to another pid namespace`;
    throw new PlumblineError('blind', `no iterator: ${why}`, { hint: '--source procfs' });
  }
  const pin = tasks.pin();
  if (isTaskFile(pin)) return pin;
  if (choice === 'auto') return null;
  const own = await tasks.own();
  if (isTaskFile(own)) return own;
  throw new PlumblineError('blind', `no iterator: ${pin.why}; and none of our own: ${own.why}`, { hint: pin.hint });
}

function notTold(told: NotUsed): PlumblineError {
  const hint = '--source auto, or --source procfs';
  return new PlumblineError('blind', `the iterator cannot tell: ${describe(told)}`, { hint });
}

function describe(told: NotUsed): string {
  if (told.kind === 'unreadable') return told.why;
  if (told.kind === 'disagreed') {
    return `/proc says otherwise of ${told.with.map(({ pid, what }) => `${pid} (${what})`).join(', ')}`;
  }
  const [first] = told.homes;
  if (first === undefined) return 'homes lie on a network file system';
  return `${toText(first.path).text} lies on a file system where it does not tell directories apart`;
}

/** What may be a fault is told. That we may not read it, or that it has gone meanwhile, is not one. */
function noteNotUsed(told: NotUsed, log: CoverageLog): void {
  if (told.kind === 'disagreed') for (const { pid } of told.with) log.addPid('iterator_disagreed', pid);
  else if (told.kind === 'homes') log.setCount('iterator_homes', Math.max(1, told.homes.length));
  else if (told.isDamaged) log.setCount('iterator_damaged', 1);
}
