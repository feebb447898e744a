import type { Evidence } from '../model/evidence.ts';
import type { Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';
import { BOOT_ID } from './row-columns.ts';

/** One row of a registry whose process has ended. */
export interface DeadRow {
  readonly name: string;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly bootId: string | null;
  readonly recorded: boolean;
  readonly cause: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly successor: number | null;
  readonly proof: string;
  readonly evidence: readonly Evidence[];
}

/** The rows of a registry that are dead. */
export const DEAD: Relation<DeadRow> = {
  name: 'dead',
  doc: 'One row a row of the registry whose process is proven to have ended, whether the row says so or not.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process that the row names; null where it names none',
      value: (it) => it.pid,
    },
    {
      name: 'start_time_ticks',
      type: 'u64',
      unit: 'clock ticks since boot',
      doc: "when it started; null in somebody else's table",
      value: (it) => it.startTimeTicks,
    },
    BOOT_ID,
    {
      name: 'recorded',
      type: 'boolean',
      unit: null,
      doc: 'whether the row itself says dead; false: it says that its process lives, and the kernel that it has ended',
      value: (it) => it.recorded,
    },
    {
      name: 'cause',
      type: 'word',
      unit: null,
      doc: 'exited, rebooted, left, renamed, emptied or disowned; null for a recorded one that the history does not have',
      value: (it) => it.cause,
    },
    {
      name: 'exit_code',
      type: 'integer',
      unit: null,
      doc: 'while nobody has reaped it and it may be read: its exit code; else null, since the kernel keeps nothing',
      value: (it) => it.exitCode,
    },
    {
      name: 'signal',
      type: 'word',
      unit: null,
      doc: 'the same for a signal that ended it',
      value: (it) => it.signal,
    },
    { name: 'started_at', type: 'time', unit: null, doc: 'since when the row has it', value: (it) => it.startedAt },
    {
      name: 'ended_at',
      type: 'time',
      unit: null,
      doc: 'when its end was seen, as the row says; null where it does not say so',
      value: (it) => it.endedAt,
    },
    {
      name: 'successor',
      type: 'integer',
      unit: null,
      doc: 'the process that is the session now; null where there is none',
      value: (it) => it.successor,
    },
    { name: 'proof', type: 'word', unit: null, doc: 'what proves it, in a few words', value: (it) => it.proof },
    evidenceColumn('the facts that prove it; of a recorded one as they are stored'),
  ],
};
