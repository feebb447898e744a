import type { TableMapping } from '../../src/model/table-mapping.ts';
import { quoteLiteral } from '../../src/registry/identifiers.ts';
import type { FakeEndpoint } from './fake-endpoint.ts';
import { databaseOf } from './fdw.ts';
import type { PostgresServer } from './postgres-cluster.ts';

/** How the table below is mapped. */
export const MAPPING: TableMapping = {
  table: 'agents',
  key: 'name',
  columns: { pid: 'pid', terminal: 'tty', pane: 'pane', host: 'host', status: 'status', observed_at: 'seen' },
  alive: ['running', 'idle'],
  dead: ['dead'],
  thisHost: false,
  insert: false,
  touchSeconds: null,
};
/** A table as operators have one. */
const AGENTS = `create table agents (
  name text primary key, pid integer, tty text, pane text, host text, status text, seen timestamptz, note text default 'mine'
)`;

/** A session that lives, in pane %N of window N. */
export function session(name: string, pid: number, more: Readonly<Record<string, unknown>> = {}) {
  const pane = { pane: `%${pid}`, pane_address: `work:${pid}.0`, pane_multiplexer: 'tmux', pane_known: true };
  const started = new Date();
  return {
    name,
    home: `/h/${name}`,
    verdict: 'alive',
    pid,
    terminal: `pts/${pid}`,
    ...pane,
    started_at: started,
    ...more,
  };
}

/** A home, and whether somebody lives in it. */
export function home(name: string, verdict = 'alive', bystanders: readonly object[] = []) {
  return { name, verdict, reason: `${name} is ${verdict}`, bystanders };
}

/** A process. */
function living(pid: number, startedAt = new Date(0)) {
  return { pid, state: 'S', threads: 1, started_at: startedAt, comm: 'other', argv: 'other' };
}

/** A database with a table of agents, and SQL in it. */
export function operatorIn(server: PostgresServer, table = AGENTS) {
  const url = server.createDatabase();
  const sql = (text: string) => server.psql(text, databaseOf(url));
  sql(table);
  const row = (values: Readonly<Record<string, unknown>>) => {
    const columns = Object.keys(values);
    sql(`insert into agents (${columns.join(', ')}) select ${columns.join(', ')}
      from jsonb_populate_record(null::agents, ${quoteLiteral(JSON.stringify(values))})`);
  };
  const rows = (query: string) => sql(query).split('\n');
  return { url, sql, row, rows };
}

/** Homes of each kind: with a session, with several claimants, empty, left, unseen. */
export function situation(one: FakeEndpoint) {
  const alive = [session('right', 10), session('fine', 11), session('moved', 12), session('risen', 99)];
  const homes = [
    ...alive.map(({ name }) => home(name)),
    home('fresh'),
    home('two', 'ambiguous'),
    home('dark', 'unknown'),
  ];
  const empty = ['gone', 'own', 'away', 'reused', 'blank', 'older'].map((name) => home(name, 'none'));
  const left = home('left', 'none', [{ pid: 19, role: 'other_program' }]);
  const lost = home('lost', 'none', [{ pid: 31, role: 'home_deleted' }]);
  one.rows('sessions', [...alive, session('fresh', 77), { name: 'two', home: '/h/two', verdict: 'ambiguous' }]);
  one.rows('homes', [...homes, ...empty, left, lost]);
  one.rows('processes', [...[10, 11, 12, 99, 77, 18, 19].map((pid) => living(pid)), living(20, new Date())]);
}
