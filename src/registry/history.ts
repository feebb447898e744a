import type { Evidence } from '../model/evidence.ts';
import type { RegistryRow } from './row.ts';

/** What an event keeps of a row: what is compared, and the command. */
export type RowState = Pick<
  RegistryRow,
  'bootId' | 'pid' | 'startTimeTicks' | 'exe' | 'status' | 'terminal' | 'pane' | 'home' | 'command'
>;

/** One event of the past, with the change of the row that it was a part of. */
export interface HistoryEvent {
  readonly hostId: string;
  /** The home's name, as it is stored. */
  readonly name: string;
  /** The look that saw it. */
  readonly at: Date;
  /** An `EventKind`, or a word of a newer plumb. */
  readonly event: string;
  /** The incarnation that it happened to; null where there is no single one. */
  readonly bootId: string | null;
  readonly pid: number | null;
  readonly startTimeTicks: bigint | null;
  /** The row before; null where it is new. */
  readonly before: RowState | null;
  /** The row from then on; null, as `before` is then, where a plumb of schema 1 wrote the event. */
  readonly after: RowState | null;
  readonly evidence: readonly Evidence[];
}

/** Which events are asked for; what is null or left out leaves none out. */
export interface HistoryQuery {
  readonly hostId?: string | null;
  /** A name as it is stored (`StoredRow.name`). */
  readonly name?: string | null;
  /** Leave out what was seen before. */
  readonly since?: Date | null;
}
