import type { SystemName } from '../model.ts';
import type { AgentRole } from '../world/contract.ts';

/**
 * A table of those that say themselves that they live, as sparing as it can be: nothing but the key is indexed and half
 * of each page is left free, so that every beat is a HOT update, which touches no index and prunes its own page.
 * Autovacuum stays as Debian has it. To be made by its owner: what the log says of it is then counted as its own.
 */
export function agentTableDdl(role: AgentRole): string {
  return `create table ${role} (
  name text primary key,
  host text not null,
  pid integer not null,
  pane text,
  status text not null default 'alive' check (status in ('alive', 'dead')),
  last_seen timestamptz not null default now()
) with (fillfactor = 50)`;
}

/** Whose table each of these systems reads; the table is called like the role. */
export const AGENT_TABLES = {
  registration: 'registration',
  'heartbeat 5 s': 'heartbeat_5',
  'heartbeat 30 s': 'heartbeat_30',
  'heartbeat 60 s': 'heartbeat_60',
} as const satisfies Partial<Record<SystemName, AgentRole>>;

/** The seconds between two beats into each table; who only registers does not beat. */
export const BEAT_SECONDS: Readonly<Record<AgentRole, number | null>> = {
  registration: null,
  heartbeat_5: 5,
  heartbeat_30: 30,
  heartbeat_60: 60,
};
