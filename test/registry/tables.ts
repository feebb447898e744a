import { onTestFinished } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import type { Database } from '../../src/registry/database.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import type { Table } from '../../src/registry/table/table.ts';
import { type ReconciledTable, syncTable } from '../../src/sync-table.ts';
import { parseStory } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';

/** How the table of these tests is mapped. */
export const MAPPING: TableMapping = {
  table: 'agents',
  key: 'name',
  columns: { pid: 'pid', terminal: 'tty', status: 'status' },
  alive: ['running', 'idle'],
  dead: ['dead'],
  thisHost: true,
  insert: false,
  touchSeconds: null,
};

/** That table. */
export const AGENTS = `create table agents (name text primary key, pid integer, tty text, status text not null default 'running',
  seen timestamptz, note text)`;

/** Ada lives, on another terminal than her row says; bob’s process has ended. */
export const STORY = `homes /srv/agents/*
commands claude
dir /srv/agents/ada
dir /srv/agents/bob
proc 110 claude tty=pts/3 fg cwd=/srv/agents/ada
`;

/** One sync of it, on a machine that is told. */
export function syncOf(table: Table, told = STORY): Promise<ReconciledTable> {
  const { homes, commands } = parseStory(told);
  return syncTable(table, { homes, commands, hostId: 'here', machine: replayMachine(sceneOf(parseStory(told))) });
}

/** What a query gives, one text a row. */
export async function rowsOf(database: Database, sql: string): Promise<string[]> {
  const { rows } = await database.query(sql);
  return rows.map((row) => Object.values(row).join(' '));
}

/** A connection that ends with the test. */
export async function connectTo(url: string): Promise<Database> {
  const database = await openPostgres(url, {});
  onTestFinished(() => database.close());
  return database;
}
