import type { Text } from '../model/text.ts';
import type { Relation } from './column.ts';

/** A process that a signal was sent to. */
export interface SignalledRow {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  readonly command: Text;
}

/** The processes that were signalled. */
export const SIGNALLED: Relation<SignalledRow> = {
  name: 'processes',
  doc: 'One row a process that `plumb signal` has signalled, in the order of sending: with `--tree` leaves first.',
  columns: [
    { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it.pid },
    {
      name: 'start_time_ticks',
      type: 'u64',
      unit: 'clock ticks since boot',
      doc: 'when the process started',
      value: (it) => it.startTimeTicks,
    },
    { name: 'command', type: 'text', unit: null, doc: 'its name, at most 15 bytes', value: (it) => it.command },
  ],
};

/** A process that goes on, or may. */
export interface LeftRow {
  readonly pid: number | null;
  readonly command: Text | null;
  readonly reason: string;
}

/** The processes that were not signalled. */
export const LEFT: Relation<LeftRow> = {
  name: 'left',
  doc: 'One row a process that is, or may be, of the tree and was not signalled by `plumb signal --tree`.',
  columns: [
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process id; null where it is not known',
      value: (it) => it.pid,
    },
    {
      name: 'command',
      type: 'text',
      unit: null,
      doc: 'its name; null where it is not known',
      value: (it) => it.command,
    },
    { name: 'reason', type: 'word', unit: null, doc: 'one sentence: why', value: (it) => it.reason },
  ],
};
