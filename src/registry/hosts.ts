import type { Database } from './database.ts';
import hostsSql from './sql/hosts.sql';

/**
 * How far the rows of a host can be relied on.
 * - `connected`: a watch keeps them right, and the server knows of its connection.
 * - `gone`: a watch kept them, and ended otherwise than asked: what they say is unknown now.
 * - `snapshot`: they are what single syncs have seen, each row at its `observedAt`.
 */
export type Freshness = 'connected' | 'gone' | 'snapshot';

/** One host whose rows are in a registry. */
export interface HostSummary {
  readonly hostId: string;
  /** The boot that its rows were last written in. */
  readonly bootId: string;
  readonly freshness: Freshness;
  /** Since when its rows are watched, or were until the watch was gone; null for a snapshot, and before schema 3. */
  readonly watchingSince: Date | null;
  /** The look that last wrote a row of it. */
  readonly observedAt: Date;
  /** How many of its rows say so; those of a host that is gone say what was true then. */
  readonly alive: number;
  readonly dead: number;
  readonly ambiguous: number;
}

interface WireHost {
  readonly host_id: string;
  readonly boot_id: string;
  readonly observed_at: string;
  readonly watching_since: string | null;
  readonly is_connected: boolean;
  readonly alive: number;
  readonly dead: number;
  readonly ambiguous: number;
}

/** All hosts, by their ids. */
export async function readHosts(database: Database): Promise<HostSummary[]> {
  const { rows } = await database.query(hostsSql);
  return rows.map((row) => decodeHost(JSON.parse(row['host'] ?? 'null') as WireHost));
}

function decodeHost({ host_id, boot_id, observed_at, watching_since, is_connected, ...counts }: WireHost): HostSummary {
  const { alive, dead, ambiguous } = counts;
  return {
    hostId: host_id,
    bootId: boot_id,
    freshness: is_connected ? 'connected' : watching_since === null ? 'snapshot' : 'gone',
    watchingSince: watching_since === null ? null : new Date(watching_since),
    observedAt: new Date(observed_at),
    alive,
    dead,
    ambiguous,
  };
}
