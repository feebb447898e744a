import type { Evidence } from '../model/evidence.ts';
import type { FileId } from '../model/process.ts';
import { type Column, nested, type Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';
import { BOOT_ID, COMMAND, HOME, PANE, TERMINAL } from './row-columns.ts';

/** What an event keeps of a row. */
interface RowStateRow {
  readonly status: string;
  readonly bootId: string | null;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly exe: FileId | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly home: string | null;
  readonly command: string | null;
}

/** One event of the past. */
export interface HistoryRow {
  readonly at: Date;
  readonly hostId: string;
  readonly name: string;
  readonly event: string;
  readonly bootId: string | null;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly before: RowStateRow | null;
  readonly after: RowStateRow | null;
  readonly evidence: readonly Evidence[];
}

const TICKS = {
  name: 'start_time_ticks',
  type: 'u64',
  unit: 'clock ticks since boot',
  doc: 'when the process started',
} as const;

const STATE: readonly Column<RowStateRow>[] = [
  { name: 'status', type: 'word', unit: null, doc: 'alive, dead or ambiguous', value: (it) => it.status },
  BOOT_ID,
  {
    name: 'pid',
    type: 'integer',
    unit: null,
    doc: 'the process that the row names; null where several claim the home',
    value: (it) => it.pid,
  },
  { ...TICKS, value: (it) => it.startTimeTicks },
  {
    name: 'exe_dev',
    type: 'u64',
    unit: null,
    doc: 'st_dev of the program file; null where it could not be read',
    value: (it) => it.exe?.dev ?? null,
  },
  {
    name: 'exe_ino',
    type: 'u64',
    unit: null,
    doc: 'st_ino of the program file',
    value: (it) => it.exe?.ino ?? null,
  },
  TERMINAL,
  PANE,
  HOME,
  COMMAND,
];

/** What happened to sessions, as looks have seen it. */
export const HISTORY: Relation<HistoryRow> = {
  name: 'events',
  doc: 'One row an event, oldest first: what `plumb history` tells.',
  columns: [
    { name: 'at', type: 'time', unit: null, doc: 'the look that saw it', value: (it) => it.at },
    { name: 'host_id', type: 'word', unit: null, doc: 'the machine', value: (it) => it.hostId },
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    {
      name: 'event',
      type: 'word',
      unit: null,
      doc: 'what happened, as in docs/registry.md',
      value: (it) => it.event,
    },
    BOOT_ID,
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process that it happened to; null where there is no single one',
      value: (it) => it.pid,
    },
    { ...TICKS, value: (it) => it.startTimeTicks },
    state('before', 'the row before; null where it was new', (it) => it.before),
    state('after', 'the row from then on; null, as `before` is then, where schema 1 kept neither', (it) => it.after),
    evidenceColumn('the facts behind it'),
  ],
};

function state(name: string, doc: string, of: (row: HistoryRow) => RowStateRow | null): Column<HistoryRow> {
  return nested({ name, type: 'object', unit: null, doc }, STATE, (row: HistoryRow) => {
    const found = of(row);
    return found && [found];
  });
}
