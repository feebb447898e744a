import { quoteLiteral } from '../registry/identifiers.ts';
import { dollarQuoted } from './dollar-quoted.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import { OWN_PATH } from './own-path.ts';
import { shortOf } from './record.ts';

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

const KEY: Typed = [
  ['host_id', 'text'],
  ['name', 'text'],
  ['verdict', 'text'],
  ['observed_at', 'timestamptz'],
];
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
const PROCESSES: Typed = [
  ['host_id', 'text'],
  ['pid', 'bigint'],
  ['inner_pid', 'bigint'],
  ['started_at', 'timestamptz'],
  ['observed_at', 'timestamptz'],
  ['is_alive', 'boolean'],
  ['comm', 'text'],
  ['argv', 'text'],
];
const GAPS: Typed = [
  ['host_id', 'text'],
  ['table_name', 'text'],
  ['hides_processes', 'boolean'],
];

/** What is read of homes beside their key, by the names that it has in the queries. */
export const HOME_COLUMNS: readonly string[] = OF_HOME.map(([name]) => name);
/** The same of sessions. */
export const SESSION_COLUMNS: readonly string[] = OF_SESSION.map(([name]) => name);

/**
 * What the views read, each once a query: the WITH of both. Which machines that is of comes first. The last two are read only where a row needs them.
 * @param isOpen whether homes are needed: which of them are proven to be empty takes longer than to see who lives
 */
export function kernelSql(names: Names, isOpen: string): string {
  return `asked as materialized (select ${names.at('asked')}() as hosts),
kernel as materialized (select * from ${names.within('sessions_now')}()),
homes as materialized (select * from ${names.within('homes_now')}() where ${isOpen}),
processes as materialized (select * from ${names.within('processes_now')}()),
gaps as materialized (select * from ${names.within('gaps_now')}())`;
}

/**
 * The functions that read it. They are functions so that the reading is planned once a connection, and not with each query;
 * and they say how many rows to expect, which nobody can know of a foreign table. By the wire all that one query reads of
 * one machine comes from one transaction there, and so from one look.
 */
export function kernelFunctions(names: Names): Made {
  const functions = [
    ['sessions_now', [...KEY, ...OF_SESSION], sessionsSql(names), 'every session of a home', 1000],
    ['homes_now', [...KEY, ...OF_HOME], homesSql(names), 'every home, and whether somebody lives there', 1000],
    ['processes_now', PROCESSES, processesSql(names), 'which processes there are', 1000],
    ['gaps_now', GAPS, gapsSql(names), 'what was not seen of what the same transaction has read', 20],
  ] as const;
  return {
    statements: functions.flatMap(([name, columns, query, comment, rows]) => [
      functionSql(names, { name, columns, query, rows }),
      `comment on function ${names.within(name)}() is ${quoteLiteral(`${comment}: of the machines that are asked`)};`,
    ]),
    objects: functions.map(([name, columns]) => {
      return { kind: 'function', schema: names.inner, name, takes: '', gives: shortOf(String(columns)) } as const;
    }),
  };
}

interface Reading {
  readonly name: string;
  readonly columns: Typed;
  readonly query: string;
  readonly rows: number;
}

function functionSql(names: Names, { name, columns, query, rows }: Reading): string {
  const returned = columns.map(([column, type]) => `${column} ${type}`).join(', ');
  return `create or replace function ${names.within(name)}() returns table (${returned})
language plpgsql stable rows ${rows} ${OWN_PATH} as ${dollarQuoted(`
#variable_conflict use_column
begin
  -- Of a single machine nothing is pruned: where it is to be left out, it is here.
  if array_remove(${names.at('asked')}(), null) = '{}' then
    return;
  end if;
  return query ${query.replaceAll('\n', '\n  ')};
end
`)};`;
}

function askedSql(names: Names): string {
  return `host_id = any (${names.at('asked')}())`;
}

/** A name that two have is nobody's. */
const VERDICT = `case when count(*) > 1 then 'ambiguous' else max(verdict) end`;

function sessionsSql(names: Names): string {
  const merged = OF_SESSION.map(([name, type]) => `${type === 'boolean' ? 'bool_or' : 'max'}(${name})`);
  return `select host_id, name, ${VERDICT}, min(observed_at), ${merged.join(', ')}
from ${names.at('sessions')} where ${askedSql(names)} and home is not null group by host_id, name`;
}

function homesSql(names: Names): string {
  return `select host_id, name, ${VERDICT}, min(observed_at), max(reason),
  bool_or(bystanders @> '[{"role": "home_deleted"}]'),
  max(array(
    select (b ->> 'pid')::bigint from jsonb_array_elements(bystanders) b where b ->> 'role' in ('other_program', 'zombie')
  ))
from ${names.at('homes')} where ${askedSql(names)} group by host_id, name`;
}

function processesSql(names: Names): string {
  return `select host_id, pid, inner_pid, started_at, observed_at, not (state = 'Z' and threads <= 1), comm, argv
from ${names.at('processes')} where ${askedSql(names)}`;
}

function gapsSql(names: Names): string {
  return `select host_id, table_name, coalesce(code in (${HIDING.map(quoteLiteral).join(', ')}), false)
from ${names.at('coverage')} where ${askedSql(names)}`;
}
