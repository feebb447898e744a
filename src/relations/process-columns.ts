import type { ProcessStat } from '../model/process.ts';
import { toText } from '../model/text.ts';
import type { Column } from './column.ts';

interface WithStat {
  readonly stat: ProcessStat;
}

/** Which process it is, within a list of processes: with the boot the two name its incarnation. */
export const PROCESS_KEY: readonly Column<WithStat>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it.stat.pid },
  {
    name: 'start_time_ticks',
    type: 'u64',
    unit: 'clock ticks since boot',
    doc: 'when it started',
    value: (it) => it.stat.startTimeTicks,
  },
];

/** What it calls itself. */
export const COMM: Column<WithStat> = {
  name: 'comm',
  type: 'text',
  unit: null,
  doc: 'its name',
  value: (it) => toText(it.stat.comm),
};
