import type { EventKind } from './events.ts';
import type { RowStatus } from './row.ts';

/** Postgres refuses 8000 bytes and more, in the encoding of the database: this leaves it twice the room. */
const MOST_BYTES = 4000;

/** What a row says from now on, and what happened. */
export interface Happened {
  readonly status: RowStatus;
  readonly pid: number | null;
  readonly events: readonly EventKind[];
}

/**
 * What is told on the channel `plumbline` of a row that is written, as JSON.
 * Names of directories always fit. Where a configuration has a longer one, name and host id are null: who listens
 * reads the rows then, as after a reconnect; a name that was cut would be another one's.
 */
export function notificationOf(hostId: string, name: string, happened: Happened): string {
  const whole = JSON.stringify({ host_id: hostId, name, ...happened });
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  return JSON.stringify({ host_id: null, name: null, ...happened });
}
