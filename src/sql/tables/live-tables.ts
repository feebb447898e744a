import { LIVE_RELATIONS } from './live-relations.ts';
import type { LiveColumn, LiveTable } from './live-table.ts';
import { sqlColumn } from './sql-column.ts';

/** What every table ends with. */
const OF_EVERY_TABLE: readonly LiveColumn[] = [
  {
    name: 'host_id',
    type: 'text',
    comment: 'the machine that was asked: the same in every row; null where it has no id',
  },
  {
    name: 'observed_at',
    type: 'timestamptz',
    comment:
      'when the look began that the row is from: nothing in it was read earlier. Of a table that a transaction reads later than its first statement, when reading of that table began; which sessions there are is still from the look',
  },
];

/** Every table that SQL sees of this machine, in the order of the documentation. */
export const LIVE_TABLES: readonly LiveTable[] = LIVE_RELATIONS.map(({ name, doc, columns }) => ({
  name,
  comment: doc,
  columns: [...columns.map(sqlColumn), ...OF_EVERY_TABLE],
}));
