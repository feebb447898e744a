import type { Evidence } from '../model/evidence.ts';
import type { Text } from '../model/text.ts';
import type { Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';

/** A session whose process was waited for until it ended. */
export interface ExitedRow {
  readonly name: Text;
  readonly pid: number;
  readonly startTimeTicks: bigint | null;
  readonly cause: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly coreDumped: boolean | null;
  readonly why: string | null;
  readonly evidence: readonly Evidence[];
}

/** How a session's process has ended. */
export const EXITED: Relation<ExitedRow> = {
  name: 'exited',
  doc: 'The one row of `plumb wait --for exit`: how the process of the session has ended.',
  columns: [
    { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it.name },
    { name: 'pid', type: 'integer', unit: null, doc: 'the process that has ended', value: (it) => it.pid },
    {
      name: 'start_time_ticks',
      type: 'u64',
      unit: 'clock ticks since boot',
      doc: 'when it had started',
      value: (it) => it.startTimeTicks,
    },
    {
      name: 'cause',
      type: 'word',
      unit: null,
      doc: 'exit; signal; oom, a SIGKILL of the kernel for lack of memory, with proof; unknown',
      value: (it) => it.cause,
    },
    { name: 'exit_code', type: 'integer', unit: null, doc: 'null where it did not exit', value: (it) => it.exitCode },
    {
      name: 'signal',
      type: 'word',
      unit: null,
      doc: 'the signal that ended it; null where none did, or it is not known',
      value: (it) => it.signal,
    },
    {
      name: 'core_dumped',
      type: 'boolean',
      unit: null,
      doc: 'whether it dumped core; null without a signal',
      value: (it) => it.coreDumped,
    },
    {
      name: 'why',
      type: 'word',
      unit: null,
      doc: 'why the cause is not known; null where it is',
      value: (it) => it.why,
    },
    evidenceColumn('the facts behind the cause'),
  ],
};
