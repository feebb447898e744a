import { quoteLiteral } from '../../src/registry/identifiers.ts';
import { LIVE_TABLES } from '../../src/sql/tables/live-tables.ts';
import type { PostgresServer } from './postgres-cluster.ts';

/** What stands for a `plumb serve` of one machine: a database with tables of the same shape, and rows that a test writes. */
export interface FakeEndpoint {
  readonly database: string;
  /** Its address, for `--endpoint`. */
  readonly url: string;
  readonly hostId: string;
  readonly sql: (text: string) => string;
  /** Replaces the rows of a table; what is left out of one is null, and host and time are filled in. */
  readonly rows: (table: string, rows: readonly Readonly<Record<string, unknown>>[]) => void;
}

/** Makes one in a server. */
export function fakeEndpoint(server: PostgresServer, hostId: string): FakeEndpoint {
  const database = /@\/(\w+)\?/.exec(server.createDatabase())?.[1] ?? '';
  const sql = (text: string) => server.psql(text, database);
  const rows: FakeEndpoint['rows'] = (table, all) => {
    const whole = all.map((row) => ({ host_id: hostId, observed_at: new Date(), ...row }));
    sql(
      `truncate ${table}; insert into ${table} select * from jsonb_populate_recordset(null::${table}, ${quoteLiteral(JSON.stringify(whole))})`,
    );
  };
  sql(
    LIVE_TABLES.map(({ name, columns }) => {
      return `create table ${name} (${columns.map((it) => `${it.name} ${it.type}`).join(', ')});`;
    }).join('\n'),
  );
  rows('processes', [{ pid: 1, state: 'S', threads: 1 }]);
  rows('coverage', [
    { table_name: 'sessions', complete: true, count: 0 },
    { table_name: 'processes', complete: true, count: 0 },
  ]);
  // The name of its superuser: a test server lets everybody in.
  const url = `postgres://plumbline_test@/${database}?host=${encodeURIComponent(server.socketDirectory)}&port=${server.port}`;
  return { database, url, hostId, sql, rows };
}
