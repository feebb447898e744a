import { quoteLiteral } from '../registry/identifiers.ts';
import { dollarQuoted } from './dollar-quoted.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';

/** Reasons of a coverage by which a process may be there and not be listed. */
const HIDING = [
  'pid_namespace',
  'foreign_procfs',
  'hidden',
  'uncountable',
  'stat_denied',
  'malformed',
  'unstable',
  'churn',
] as const;

type Typed = readonly (readonly [name: string, type: string])[];

const OF_HOME: Typed = [
  ['reason', 'text'],
  ['is_left', 'boolean'],
  ['strangers', 'bigint[]'],
];
const OF_SESSION: Typed = [
  ['pid', 'bigint'],
  ['started_at', 'timestamptz'],
  ['terminal', 'text'],
  ['pane', 'text'],
  ['pane_address', 'text'],
  ['pane_also_at', 'text[]'],
  ['pane_multiplexer', 'text'],
  ['pane_known', 'boolean'],
  ['command', 'text'],
  ['cwd', 'text'],
];
const SESSIONS: Typed = [
  ['host_id', 'text'],
  ['name', 'text'],
  ['verdict', 'text'],
  ['observed_at', 'timestamptz'],
  ...OF_HOME,
  ...OF_SESSION,
];
const PROCESSES: Typed = [
  ['host_id', 'text'],
  ['pid', 'bigint'],
  ['started_at', 'timestamptz'],
  ['observed_at', 'timestamptz'],
  ['is_alive', 'boolean'],
];
const GAPS: Typed = [
  ['host_id', 'text'],
  ['table_name', 'text'],
  ['hides_processes', 'boolean'],
];

/** What is known of a home and its session, by the names that it has in the queries. */
export const KERNEL_COLUMNS: readonly string[] = SESSIONS.map(([name]) => name);

/** What the views read, each once a query and the last two only where a row needs them: the WITH of both. */
export function kernelSql(names: Names): string {
  return `kernel as materialized (select * from ${names.within('sessions_now')}()),
processes as materialized (select * from ${names.within('processes_now')}()),
gaps as materialized (select * from ${names.within('gaps_now')}())`;
}

/**
 * The functions that read it. They are functions so that the reading is planned once a connection, and not with each query;
 * and they say how many rows to expect, which nobody can know of a foreign table. All that one query reads of one machine
 * comes from one transaction there, and so from one look.
 */
export function kernelFunctions(names: Names, via: 'wire' | 'program'): Made {
  const list = SESSIONS.map(([name, type]) => `${name} ${type}`).join(', ');
  const sessions =
    via === 'wire'
      ? sessionsSql(names.at, `where ${askedSql(names)}`)
      : `select it.* from ${names.within('read_sessions_now')}() line, jsonb_to_record(line) as it (${list})`;
  const functions = [
    ['sessions_now', SESSIONS, sessions, 'every home, and its session', 1000],
    ['processes_now', PROCESSES, processesSql(names), 'which processes there are', 1000],
    ['gaps_now', GAPS, gapsSql(names), 'what was not seen of what the same transaction has read', 20],
  ] as const;
  return {
    statements: functions.flatMap(([name, columns, query, comment, rows]) => [
      functionSql(names.within(name), columns, query, rows),
      `comment on function ${names.within(name)}() is ${quoteLiteral(`${comment}: of the machines that are asked`)};`,
    ]),
    objects: functions.map(([name]) => ({ kind: 'function', schema: names.inner, name, takes: '' }) as const),
  };
}

function functionSql(name: string, columns: Typed, query: string, rows: number): string {
  const returned = columns.map(([column, type]) => `${column} ${type}`).join(', ');
  return `create or replace function ${name}() returns table (${returned})
language plpgsql stable rows ${rows} as ${dollarQuoted(`
#variable_conflict use_column
begin
  return query ${query.replaceAll('\n', '\n  ')};
end
`)};`;
}

function askedSql(names: Names): string {
  return `host_id = any (${names.at('asked')}())`;
}

/**
 * Homes and sessions at once, and put together by their names: a name that two homes have is nobody's.
 * @param where which machines; empty for all that the tables have
 */
export function sessionsSql(at: (table: string) => string, where: string): string {
  const nothing = (columns: Typed) => columns.map(([name, type]) => `null::${type} as ${name}`).join(', ');
  const list = (columns: Typed) => columns.map(([name]) => name).join(', ');
  const merged = [...OF_HOME, ...OF_SESSION].map(
    ([name, type]) => `${type === 'boolean' ? 'bool_or' : 'max'}(it.${name}) as ${name}`,
  );
  return `select it.host_id, it.name,
  case
    when count(*) filter (where it.is_home) > 1 then 'ambiguous'
    else coalesce(max(it.verdict) filter (where not it.is_home), max(it.verdict))
  end as verdict,
  min(it.observed_at) as observed_at,
  ${merged.join(', ')}
from (
  select host_id, name, verdict, observed_at, true as is_home, reason,
    bystanders @> '[{"role": "home_deleted"}]' as is_left,
    array(
      select (b ->> 'pid')::bigint from jsonb_array_elements(bystanders) b where b ->> 'role' in ('other_program', 'zombie')
    ) as strangers,
    ${nothing(OF_SESSION)}
  from ${at('homes')} ${where}
  union all
  select host_id, name, verdict, observed_at, false, ${nothing(OF_HOME)}, ${list(OF_SESSION)}
  from ${at('sessions')} ${where === '' ? 'where' : `${where} and`} home is not null
) it
group by it.host_id, it.name`;
}

function processesSql(names: Names): string {
  return `select host_id, pid, started_at, observed_at, not (state = 'Z' and threads <= 1)
from ${names.at('processes')} where ${askedSql(names)}`;
}

function gapsSql(names: Names): string {
  return `select host_id, table_name, coalesce(code in (${HIDING.map(quoteLiteral).join(', ')}), false)
from ${names.at('coverage')} where ${askedSql(names)}`;
}
