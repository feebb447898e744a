import type { Change, Plan } from '../../registry/plan.ts';
import { escapeMessage } from './escape.ts';

/** What a plan writes, in one line: `2 new, 1 dead, 12 as they were`. */
export function summary({ changes, held, kept, unchanged }: Plan): string {
  const inserted = changes.filter(({ before }) => before === null).length;
  const dead = changes.filter(({ after }) => after.status === 'dead').length;
  return countsLine([
    [inserted, 'new'],
    [changes.length - inserted - dead, 'changed'],
    [dead, 'dead'],
    [held.length, 'held back'],
    [kept.length, 'unknown'],
    [unchanged.length, 'as they were'],
  ]);
}

/** Counts in words, without those that are zero. */
export function countsLine(parts: readonly (readonly [number, string])[]): string {
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return told.length === 0 ? 'no sessions' : told.join(', ');
}

/** One line a change, for a person who wants to know before it is written. */
export function planLines({ changes, held }: Plan): string {
  const all = [...changes.map((change) => line(change, '')), ...held.map((change) => line(change, ' (held back)'))];
  return all.map((it) => `${escapeMessage(it)}\n`).join('');
}

function line(change: Change, remark: string): string {
  const { name, before, after } = change;
  const sign = before === null ? '+' : after.status === 'dead' ? '-' : '~';
  const what = after.pid === null ? after.status : `${after.status}, pid ${after.pid}${where(after.terminal)}`;
  return `${sign} ${name}: ${what}: ${describeEvents(change)}${remark}`;
}

/** What happened, in words: `died 120, started 121`. */
export function describeEvents({ events, fields }: Pick<Change, 'events' | 'fields'>): string {
  if (events.length === 0) return fields.join(', ');
  return events.map(({ kind, of }) => `${kind.replace('_', ' ')}${of.pid === null ? '' : ` ${of.pid}`}`).join(', ');
}

function where(terminal: string | null): string {
  return terminal === null ? ' without a terminal' : ` on ${terminal}`;
}
