import { isSameFile } from '../model/incumbent.ts';
import { type RegistryRow, type RowFacts, sameIncarnation } from './row.ts';

/**
 * What happened to a session between two looks, as it stands in plumbline.session_events.
 *
 * - `started`: a process is the session that none was before.
 * - `died`, `rebooted`, `left`: its process ended, its machine was started anew, or it runs another program now.
 * - `disowned`: where it was counted is no more, as a person has said (`--adopt-host`).
 * - `renamed`: its process is the session of another home now.
 * - `replaced`: another process owns the home; the old one's end is not claimed.
 * - `reexec`: the same process runs another program file that still matches.
 * - `detached`, `attached`, `moved`: it lost its terminal, got one, or is on another one or in another pane.
 * - `wandered`, `home_deleted`, `returned`: it left its home's directory, lost it, or is back.
 * - `ambiguous`, `settled`, `emptied`: several processes claim the home; a single one owns it again; none is left.
 */
export type EventKind =
  | 'started'
  | 'died'
  | 'rebooted'
  | 'left'
  | 'disowned'
  | 'renamed'
  | 'replaced'
  | 'reexec'
  | 'detached'
  | 'attached'
  | 'moved'
  | 'wandered'
  | 'home_deleted'
  | 'returned'
  | 'ambiguous'
  | 'settled'
  | 'emptied';

/** One event, of the process that it happened to. */
export interface SessionEvent {
  readonly kind: EventKind;
  readonly of: Pick<RegistryRow, 'bootId' | 'pid' | 'startTimeTicks' | 'evidence'>;
}

/** What is compared, and what a change of it is called. */
const COMPARED = ['process', 'status', 'terminal', 'pane', 'home', 'exe'] as const;

/** One thing that is compared. */
export type ComparedField = (typeof COMPARED)[number];

/** What a row says of that. */
export type Comparable = Pick<
  RowFacts,
  'bootId' | 'pid' | 'startTimeTicks' | 'status' | 'terminal' | 'pane' | 'home' | 'homeId' | 'exe'
>;

/** In which of the compared things two rows differ. What cannot be known now (a program file) is no difference. */
export function differences(before: Comparable, after: Comparable): ComparedField[] {
  return COMPARED.filter((field) => differsIn(field, before, after));
}

/** Whether two rows differ in nothing that is compared: what is asked of every row at every look. */
export function isSame(before: Comparable, after: Comparable): boolean {
  return !COMPARED.some((field) => differsIn(field, before, after));
}

function differsIn(field: ComparedField, before: Comparable, after: Comparable): boolean {
  switch (field) {
    case 'process':
      return before.pid !== after.pid || (after.pid !== null && !sameIncarnation(before, after));
    case 'home':
      return before.home !== after.home || !isSameFile(before.homeId, after.homeId);
    case 'exe':
      return !isSameFile(before.exe, after.exe);
    default:
      return before[field] !== after[field];
  }
}

/** What happened to a session whose process is still the same. */
export function eventsOfChange(before: RowFacts, after: RegistryRow, isHomeDeleted: boolean): SessionEvent[] {
  const fields = differences(before, after);
  const kinds: EventKind[] = [];
  if (fields.includes('status')) kinds.push(after.status === 'ambiguous' ? 'ambiguous' : 'settled');
  if (fields.includes('exe')) kinds.push('reexec');
  if (fields.includes('terminal')) {
    kinds.push(after.terminal === null ? 'detached' : before.terminal === null ? 'attached' : 'moved');
  } else if (fields.includes('pane')) kinds.push('moved');
  if (fields.includes('home')) {
    if (after.home === null && before.home !== null) kinds.push(isHomeDeleted ? 'home_deleted' : 'wandered');
    if (after.home !== null && before.home === null) kinds.push('returned');
  }
  return kinds.map((kind) => ({ kind, of: after }));
}
