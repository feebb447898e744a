import { PGlite } from '@electric-sql/pglite';
import { describe, expect, it } from 'vitest';
import { LIVE_TABLES } from './live-tables.ts';
import { GROWING, LATER } from './readings.ts';

const NAMES =
  'sessions homes panes processes process_arguments terminals connections locks mounts routes coverage'.split(' ');

describe('LIVE_TABLES', () => {
  it('has every table once, and ends each with who was asked and when', () => {
    expect(LIVE_TABLES.map(({ name }) => name)).toEqual(NAMES);
    for (const { columns } of LIVE_TABLES) {
      const names = columns.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(columns.slice(-2).map(({ name, type }) => `${name} ${type}`)).toEqual([
        'host_id text',
        'observed_at timestamptz',
      ]);
    }
  });

  it('says of every table and column what it is', () => {
    const mute = LIVE_TABLES.flatMap(({ name, comment, columns }) => {
      return [{ name, comment }, ...columns].filter((it) => it.comment.length < 5).map((it) => `${name}: ${it.name}`);
    });
    expect(mute).toEqual([]);
  });

  it('has the sessions without objects', () => {
    expect(columnsOf('sessions')).toEqual([
      'name text',
      'home text',
      'verdict text',
      'pid bigint',
      'start_time_ticks numeric(20)',
      'boot_id text',
      'terminal text',
      'terminal_dev numeric(20)',
      'pane text',
      'pane_address text',
      'pane_multiplexer text',
      'pane_server_pid bigint',
      'pane_socket text',
      'pane_also_at text[]',
      'no_pane_because text',
      'pane_known boolean',
      'detached boolean',
      'foreground boolean',
      'command text',
      'cwd text',
      'state text',
      'started_at timestamptz',
      'last_input_at timestamptz',
      'last_output_at timestamptz',
      'claimants jsonb',
      'claimed_by jsonb',
      'evidence jsonb',
      'host_id text',
      'observed_at timestamptz',
    ]);
  });

  it('knows every column that is read when somebody wants it', () => {
    const sessions = columnsOf('sessions').map((it) => it.split(' ')[0] ?? '');
    const panes = sessions.filter((it) => it.includes('pane'));
    expect(LATER['sessions']?.toSorted()).toEqual([...panes, 'claimed_by', 'evidence'].toSorted());
    expect(LATER['terminals']).toEqual(['pane']);
    expect(columnsOf('terminals')).toContain('pane text');
    expect([...GROWING].filter((it) => !NAMES.includes(it))).toEqual([]);
  });

  it('has whole command lines in a table of their own', () => {
    expect(columnsOf('processes').filter((it) => it.includes('argv'))).toEqual(['argv text']);
    expect(columnsOf('process_arguments')).toEqual([
      'pid bigint',
      'start_time_ticks numeric(20)',
      'boot_id text',
      'argv text',
      'full_argv text',
      'session text',
      'host_id text',
      'observed_at timestamptz',
    ]);
  });

  it('has names that need no quotes, and types that Postgres knows', async () => {
    const db = await PGlite.create();
    try {
      const { rows } = await db.query<{ word: string }>(
        `select word from pg_get_keywords() where catcode in ('R', 'T')`,
      );
      const reserved = new Set(rows.map(({ word }) => word));
      const names = LIVE_TABLES.flatMap(({ name, columns }) => [name, ...columns.map((it) => it.name)]);
      expect(names.filter((it) => !/^[a-z][a-z0-9_]*$/.test(it) || reserved.has(it))).toEqual([]);
      for (const { name, columns } of LIVE_TABLES) {
        await db.exec(`create table ${name} (${columns.map((it) => `${it.name} ${it.type}`).join(', ')})`);
        await db.exec(`select ${columns.map((it) => it.name).join(', ')} from ${name}`);
      }
    } finally {
      await db.close();
    }
  });
});

function columnsOf(table: string): string[] {
  const columns = LIVE_TABLES.find(({ name }) => name === table)?.columns ?? [];
  return columns.map(({ name, type }) => `${name} ${type}`);
}
