import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import { dollarQuoted } from './dollar-quoted.ts';
import { HOSTS_COLUMNS, hostsObjects } from './host-functions.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import { OWN_PATH } from './own-path.ts';
import type { MadeObject } from './record.ts';
import { serverMark } from './server-mark.ts';
import type { State } from './state.ts';

/** How a command that answers SQL is started, word by word: the statement comes behind it. */
export type ProgramWords = readonly string[];

/** The one machine that a command can tell of: that of the database's server. */
export interface ProgramPlan {
  readonly names: Names;
  readonly tables: readonly LiveTable[];
  readonly state: State;
  readonly hostId: string;
  readonly words: ProgramWords;
}

/** What the last line begins with; no other one can. */
const END = 'end ';

/**
 * One statement that gives a query's rows as lines: each in hexadecimal digits, since a line of `\.` would end what
 * Postgres reads of a program, and a byte that is no UTF-8 all of it. The last line counts them: without it, or with another
 * number, rows are missing. One statement is one look.
 */
export function linesSql(query: string): string {
  const line = `encode(convert_to(to_jsonb(it)::text, 'UTF8'), 'hex')`;
  return `with it as materialized (${query.replaceAll(/\s+/g, ' ')}) select line from (select 0 as place, ${line} as line from it union all select 1, '${END}' || count(*) from it) lines order by place`;
}

/** A command as sh reads it; `exec`, so that what kills it is what Postgres is told. */
export function commandLine(words: ProgramWords, query: string): string {
  return ['exec', ...[...words, query].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)].join(' ');
}

/** The live tables, each a view over the lines of a command. */
export function programSql(plan: ProgramPlan): Made {
  const parts = [serverSql(plan), ...plan.tables.map((table) => tableSql(plan, table)), hostsSql(plan)];
  return { statements: parts.flatMap((it) => it.statements), objects: parts.flatMap((it) => it.objects) };
}

function serverName({ names }: ProgramPlan): string {
  return names.server('program');
}

function serverSql(plan: ProgramPlan): Made {
  const name = serverName(plan);
  return {
    statements: [
      ...(plan.state.servers.has(name)
        ? []
        : [`create server ${quoteIdentifier(name)} foreign data wrapper file_fdw;`]),
      `comment on server ${quoteIdentifier(name)} is ${quoteLiteral(serverMark(plan.names))};`,
    ],
    objects: [{ kind: 'server', schema: null, name }],
  };
}

function tableSql(plan: ProgramPlan, { name, comment, columns }: LiveTable): Made {
  const { names, state } = plan;
  const view = names.at(name);
  const found = state.relations.find((it) => it.schema === names.schema && it.name === name);
  const wanted = columns.map((it) => it.name).join('\0');
  const isSame = found?.kind === 'v' && found.columns.map((it) => it.name).join('\0') === wanted;
  const list = columns.map((it) => `${quoteIdentifier(it.name)} ${it.type}`).join(', ');
  const lines = linesOf(plan, name, `select * from ${name}`);
  return {
    statements: [
      ...lines.statements,
      ...(found?.kind === 'v' && !isSame ? [`drop view if exists ${view};`] : []),
      `create ${isSame ? 'or replace ' : ''}view ${view} as select it.* from ${names.within(`read_${name}`)}() line, jsonb_to_record(line) as it (${list});`,
      `comment on view ${view} is ${quoteLiteral(comment)};`,
      ...columns.map((it) => `comment on column ${view}.${quoteIdentifier(it.name)} is ${quoteLiteral(it.comment)};`),
    ],
    objects: [...lines.objects, { kind: 'view', schema: names.schema, name }],
  };
}

/** The lines of a command, and what reads all of them before it gives any. */
function linesOf(plan: ProgramPlan, name: string, query: string): Made {
  const { names, state, words } = plan;
  const table = `lines_${name}`;
  const lines = names.within(table);
  const reader = names.within(`read_${name}`);
  const found = state.relations.find((it) => it.schema === names.inner && it.name === table);
  const command = quoteLiteral(commandLine(words, linesSql(query)));
  return {
    statements: [
      found === undefined
        ? `create foreign table ${lines} (line text collate "C") server ${quoteIdentifier(serverName(plan))}\n  options (format 'text', program ${command});`
        : `alter foreign table ${lines} options (set program ${command});`,
      `comment on foreign table ${lines} is ${quoteLiteral('what a command writes: rows as hexadecimal digits, and last how many')};`,
      `create or replace function ${reader}() returns setof jsonb
language plpgsql volatile security definer ${OWN_PATH} as ${dollarQuoted(`
declare
  one text;
  count bigint := 0;
  said text;
begin
  for one in select line from ${lines} loop
    if said is not null then
      raise exception 'plumb wrote more behind its last line' using errcode = 'io_error';
    elsif starts_with(one, '${END}') then
      said := substr(one, ${END.length + 1});
    else
      count := count + 1;
      return next convert_from(decode(one, 'hex'), 'UTF8')::jsonb;
    end if;
  end loop;
  if said is distinct from count::text then
    raise exception 'plumb ended before it had written all rows: % of %', count, coalesce(said, 'an unknown number')
      using errcode = 'io_error', hint = 'the log of the server has what it said';
  end if;
end
`)};`,
      `comment on function ${reader}() is ${quoteLiteral('all rows that the command has, or an error')};`,
    ],
    objects: [
      { kind: 'foreign table', schema: names.inner, name: table },
      { kind: 'function', schema: names.inner, name: `read_${name}`, takes: '' },
    ],
  };
}

/** The same names as with several machines, for the one that there is. */
function hostsSql({ names, hostId }: ProgramPlan): Made {
  const id = quoteLiteral(hostId);
  const [up, asked, hosts, inner] = [names.at('up'), names.at('asked'), names.at('hosts'), names.within('hosts')];
  const objects: MadeObject[] = [
    { kind: 'function', schema: names.schema, name: 'asked', takes: '' },
    ...hostsObjects(names),
    { kind: 'function', schema: names.schema, name: 'up', takes: '' },
  ];
  return {
    statements: [
      `create or replace function ${asked}() returns text[] language sql stable as ${dollarQuoted(`\n  select array[${id}]\n`)};`,
      `comment on function ${asked}() is ${quoteLiteral('the host id of the machine')};`,
      `create or replace function ${inner}() returns table (${HOSTS_COLUMNS.map(([column, type]) => `${column} ${type}`).join(', ')})
language plpgsql volatile security definer ${OWN_PATH} as ${dollarQuoted(`
#variable_conflict use_column
begin
  host_id := ${id}; name := 'local'; address := 'a command'; up := true;
  begin
    select min(it ->> 'observed_at')::timestamptz, bool_and((it ->> 'complete')::boolean),
      array_agg(distinct it ->> 'code') filter (where not (it ->> 'complete')::boolean)
      into observed_at, complete, missing
      from ${names.within('read_coverage')}() it where it ->> 'table_name' in ('sessions', 'homes', 'processes');
  exception when others then
    up := false; error := sqlerrm;
  end;
  return next;
end
`)};`,
      `comment on function ${inner}() is ${quoteLiteral('asks the machine')};`,
      `create or replace view ${hosts} as select * from ${inner}();`,
      `comment on view ${hosts} is ${quoteLiteral('The one machine: whether it answers now, and how much of itself it sees.')};`,
      `create or replace function ${up}() returns text[] language sql stable ${OWN_PATH} as ${dollarQuoted(`\n  select coalesce(array_agg(host_id), '{}') from ${hosts} where up\n`)};`,
      `comment on function ${up}() is ${quoteLiteral('the host id of the machine, where it answers')};`,
    ],
    objects,
  };
}
