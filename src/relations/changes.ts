import type { Evidence } from '../model/evidence.ts';
import type { Column, Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';

/** One row that a sync writes or holds back. */
export interface ChangeRow {
  readonly name: string;
  readonly change: 'insert' | 'update';
  readonly status: string;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly fields: readonly string[];
  readonly events: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** What a sync writes: one row a session whose row is new or differs. */
export const CHANGES: Relation<ChangeRow> = {
  name: 'changes',
  doc: 'One row a session whose row is written (`changes`) or held back (`held`) by `plumb sync`.',
  columns: [
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    { name: 'change', type: 'word', unit: null, doc: 'insert or update', value: (it) => it.change },
    {
      name: 'status',
      type: 'word',
      unit: null,
      doc: 'alive, dead or ambiguous, from then on',
      value: (it) => it.status,
    },
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'the process that the row names; null where several claim the home',
      value: (it) => it.pid,
    },
    {
      name: 'start_time_ticks',
      type: 'u64',
      unit: 'clock ticks since boot',
      doc: 'when it started',
      value: (it) => it.startTimeTicks,
    },
    { name: 'terminal', type: 'word', unit: null, doc: '`pts/3`; null without one', value: (it) => it.terminal },
    {
      name: 'pane',
      type: 'word',
      unit: null,
      doc: '`work:1.0 %7`; null where none shows it, and until that is known',
      value: (it) => it.pane,
    },
    words('fields', 'what differs: process, status, terminal, pane, home, exe; none for a new row', (it) => it.fields),
    words('events', 'what happened, as in plumbline.session_events', (it) => it.events),
    evidenceColumn('the facts behind the status'),
  ],
};

/** A name, and why its row is as it is. */
export interface ToldRow {
  readonly name: string;
  readonly reason: string;
}

/** The rows of which too little could be seen. */
export const KEPT: Relation<ToldRow> = {
  name: 'kept',
  doc: 'One row a session whose row stays as it is, since too little could be seen to change it.',
  columns: nameAndReason('what could not be seen'),
};

/** The names that a person has to settle. */
export const AMBIGUOUS: Relation<ToldRow> = {
  name: 'ambiguous',
  doc: 'One row a session that several processes claim, as its row says now.',
  columns: nameAndReason('who claims it'),
};

function nameAndReason(reasonDoc: string): readonly Column<ToldRow>[] {
  return [
    { name: 'name', type: 'word', unit: null, doc: "the session's name", value: (it) => it.name },
    { name: 'reason', type: 'word', unit: null, doc: reasonDoc, value: (it) => it.reason },
  ];
}

function words(name: string, doc: string, of: (row: ChangeRow) => readonly string[]): Column<ChangeRow> {
  return { name, type: 'words', unit: null, doc, value: of };
}
