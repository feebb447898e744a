import type { Change } from './plan.ts';

/** Postgres refuses 8000 bytes and more, in the encoding of the database: this leaves it twice the room. */
const MOST_BYTES = 4000;

/**
 * What is told on the channel `plumbline` of a row that is written, as JSON.
 * Names of directories always fit. Where a configuration has a longer one, name and host id are null: who listens
 * reads the rows then, as after a reconnect; a name that was cut would be another one's.
 */
export function notificationOf(hostId: string, { name, after, events }: Change): string {
  const { status, pid } = after;
  const happened = { status, pid, events: events.map(({ kind }) => kind) };
  const whole = JSON.stringify({ host_id: hostId, name, ...happened });
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  return JSON.stringify({ host_id: null, name: null, ...happened });
}
