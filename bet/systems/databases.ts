import type { SystemName } from '../model.ts';

/** What one system has in the run's Postgres: a role and a database of its own, both of this name. */
export interface SystemDatabase {
  readonly role: string;
  /** What its owner makes in it before anything is measured. */
  readonly ddl: string;
}

/**
 * A table of those that say themselves that they live, as sparing as it can be: nothing but the key is indexed and half
 * of each page is left free, so that every beat is a HOT update, which touches no index and prunes its own page.
 * Autovacuum stays as Debian has it.
 */
const AGENTS = `create table agents (
  name text primary key,
  host text not null,
  pid integer not null,
  pane text,
  status text not null default 'alive' check (status in ('alive', 'dead')),
  last_seen timestamptz not null default now()
) with (fillfactor = 50)`;

/**
 * The systems that use the database. Each has a database of its own: so a record of the WAL, which names the database
 * of the pages that it changes, tells whose it is, also the commit and what autovacuum did; and the title of a backend
 * (`postgres: ROLE DATABASE …`) whose CPU time that was. All of them share one server, as they would.
 */
export const DATABASES = {
  registration: { role: 'registration', ddl: AGENTS },
  'heartbeat 5 s': { role: 'heartbeat_5', ddl: AGENTS },
  'heartbeat 30 s': { role: 'heartbeat_30', ddl: AGENTS },
  'heartbeat 60 s': { role: 'heartbeat_60', ddl: AGENTS },
  // `plumb sync --init` and `plumb fdw install` make what they need.
  'plumb sync --watch': { role: 'plumb_sync', ddl: '' },
  'plumb fdw': { role: 'plumb_fdw', ddl: '' },
} as const satisfies Partial<Record<SystemName, SystemDatabase>>;

/** A system that has a database. */
export type DatabaseSystem = keyof typeof DATABASES;

/** The seconds between two beats. */
export const BEAT_SECONDS = {
  'heartbeat 5 s': 5,
  'heartbeat 30 s': 30,
  'heartbeat 60 s': 60,
} as const satisfies Partial<Record<SystemName, number>>;

/** A system whose agents beat. */
export type BeatingSystem = keyof typeof BEAT_SECONDS;
