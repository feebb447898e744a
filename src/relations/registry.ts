import type { Evidence } from '../model/evidence.ts';
import type { Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';
import { BOOT_ID, COMMAND, HOME, PANE, TERMINAL } from './row-columns.ts';

/** One row of the registry beside what the kernel says now. */
export interface RegistryLine {
  readonly name: string;
  /** Null for a session without a row. */
  readonly status: string | null;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly bootId: string | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly home: string | null;
  readonly command: string | null;
  readonly startedAt: Date | null;
  readonly observedAt: Date | null;
  readonly endedAt: Date | null;
  readonly evidence: readonly Evidence[];
  readonly now: 'same' | 'differs' | 'unknown' | 'new';
  readonly difference: string;
}

/** The registry's rows of this host, each compared with the kernel. */
export const REGISTRY: Relation<RegistryLine> = {
  name: 'registry',
  doc: 'One row a session of this host: what the registry says, and how that compares with the kernel now.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    {
      name: 'status',
      type: 'word',
      unit: null,
      doc: 'what the row says: alive, dead or ambiguous; null for a session without a row',
      value: (it) => it.status,
    },
    { name: 'pid', type: 'integer', unit: null, doc: 'the process that the row names', value: (it) => it.pid },
    {
      name: 'start_time_ticks',
      type: 'u64',
      unit: 'clock ticks since boot',
      doc: 'when it started; with pid and boot_id it names the incarnation',
      value: (it) => it.startTimeTicks,
    },
    BOOT_ID,
    TERMINAL,
    PANE,
    HOME,
    COMMAND,
    { name: 'started_at', type: 'time', unit: null, doc: 'when the process started', value: (it) => it.startedAt },
    {
      name: 'observed_at',
      type: 'time',
      unit: null,
      doc: 'the look that last changed the row',
      value: (it) => it.observedAt,
    },
    { name: 'ended_at', type: 'time', unit: null, doc: 'when its end was seen', value: (it) => it.endedAt },
    {
      name: 'now',
      type: 'word',
      unit: null,
      doc: 'same, differs, unknown (too little can be seen), or new (a session without a row)',
      value: (it) => it.now,
    },
    {
      name: 'difference',
      type: 'word',
      unit: null,
      doc: 'in words; empty where it is the same',
      value: (it) => it.difference,
    },
    evidenceColumn('the facts behind the status, as they are stored'),
  ],
};
