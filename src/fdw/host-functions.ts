import { quoteLiteral } from '../registry/identifiers.ts';
import { afreshSql } from './afresh.ts';
import { dollarQuoted } from './dollar-quoted.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import { OWN_PATH } from './own-path.ts';
import { type MadeObject, shortOf } from './record.ts';
import type { WirePlan } from './wire-sql.ts';

/** What a session sets so that views leave out machines that do not answer. */
const SKIP_SETTING = 'plumbline.skip_down';

/**
 * SQLSTATE classes of an endpoint that cannot be asked now: no connection, no room, being ended, a broken system. What is
 * wrong with a grant or a mapping is no host that is down.
 */
const DOWN_CLASSES = ['08', '53', '57', '58'];

/**
 * Which machines answer. `up()` has to be a plain expression over stable functions: the planner puts it into the query,
 * and the partitions of machines that do not answer are pruned before anybody connects to them. Nothing else that was
 * tried is: not a subquery, not an array that a function returns.
 */
export function hostFunctions(plan: WirePlan): Made {
  const { names, hosts } = plan;
  const places = hosts.map(({ name, id, address }) => {
    const part = (table: string) => quoteLiteral(names.within(names.part(table, name)));
    const words = [name, id, address, names.server(name)].map(quoteLiteral);
    return `(${words.join(', ')}, ${part('up')}, ${part('homes')}, ${part('coverage')})`;
  });
  const known = `(values\n    ${places.join(',\n    ')}\n  ) as known (name, id, address, server, up, homes, coverage)`;
  const afresh = names.within('afresh');
  const objects: MadeObject[] = [
    { kind: 'function', schema: names.inner, name: 'afresh', takes: 'text' },
    { kind: 'function', schema: names.schema, name: 'up', takes: 'text' },
    { kind: 'function', schema: names.schema, name: 'up', takes: '' },
    { kind: 'function', schema: names.schema, name: 'asked', takes: 'text' },
    { kind: 'function', schema: names.schema, name: 'asked', takes: '' },
    ...hostsObjects(names),
  ];
  const all = (each: string) => hosts.map(({ name }) => `${names.at(each)}(${quoteLiteral(name)})`).join(', ');
  return {
    statements: [
      afreshSql(afresh),
      commentOn(
        `${afresh}(text)`,
        'closes the connection to a server that no transaction uses: the next question makes one',
      ),
      upSql(names, known, afresh),
      commentOn(
        `${names.at('up')}(text)`,
        'the host id of a machine, where it answers; null where it does not; asked once a transaction',
      ),
      arraySql(names.at('up'), all('up')),
      commentOn(
        `${names.at('up')}()`,
        'the host ids of the machines that answer: `where host_id = any (up())` asks no other one',
      ),
      askedSql(names.at('asked'), names.at('up'), known),
      commentOn(
        `${names.at('asked')}(text)`,
        `the host id of a machine; with ${SKIP_SETTING} = on only where it answers`,
      ),
      arraySql(names.at('asked'), all('asked')),
      commentOn(
        `${names.at('asked')}()`,
        `the host ids of all machines; with ${SKIP_SETTING} = on of those that answer`,
      ),
      hostsSql(names.within('hosts'), known, afresh),
      commentOn(`${names.within('hosts')}()`, 'asks every machine, one after the other'),
      `create or replace view ${names.at('hosts')} as select * from ${names.within('hosts')}();`,
      `comment on view ${names.at('hosts')} is ${quoteLiteral(
        'One row a machine: whether it answers now, and how much of itself it sees. One that is down takes no query with it here.',
      )};`,
      ...HOSTS_COLUMNS.map(([name, , comment]) => {
        return `comment on column ${names.at('hosts')}.${name} is ${quoteLiteral(comment)};`;
      }),
    ],
    objects,
  };
}

/** What `hosts` tells, by either way. */
export const HOSTS_COLUMNS: readonly (readonly [name: string, type: string, comment: string])[] = [
  ['host_id', 'text', 'the machine, as its tables say'],
  ['name', 'text', 'what it is called here'],
  ['address', 'text', 'where its endpoint is'],
  ['up', 'boolean', 'whether it answered'],
  ['error', 'text', 'why it did not'],
  ['observed_at', 'timestamptz', 'when it looked at its kernel; null where it did not answer'],
  ['complete', 'boolean', 'whether it saw all sessions; null where it did not answer'],
  ['missing', 'text[]', 'what it could not see: the codes of its coverage'],
];

/** What is made for the view of machines, in whichever way they are asked. */
export function hostsObjects({ inner, schema }: Pick<Names, 'inner' | 'schema'>): MadeObject[] {
  const gives = shortOf(String(HOSTS_COLUMNS.map(([it]) => it)));
  return [
    { kind: 'function', schema: inner, name: 'hosts', takes: '', gives },
    { kind: 'view', schema, name: 'hosts' },
  ];
}

function upSql({ schema, at }: Names, known: string, afresh: string): string {
  return `create or replace function ${at('up')}(host text) returns text
language plpgsql stable security definer ${OWN_PATH} as ${dollarQuoted(`
declare
  -- One answer a transaction, as its rows are of one look: between two answers, rows would be missing without a word. A
  -- statement is not known here: a driver binds and executes it, at two times.
  place constant text := 'plumbline.up_' || abs(hashtext(${quoteLiteral(`${schema} `)} || host)::bigint);
  key constant text := concat_ws(' ', ${quoteLiteral(schema)}, host, extract(epoch from transaction_timestamp()), '');
  said text := current_setting(place, true);
  found text;
  probe text;
  its_server text;
begin
  if starts_with(said, key) then
    return nullif(substr(said, length(key) + 1), '');
  end if;
  select known.id, known.up, known.server into strict found, probe, its_server from ${known} where known.name = host;
  begin
    perform ${afresh}(its_server);
    execute format('select from %s limit 1', probe);
  exception when others then
    if left(sqlstate, 2) <> all (array[${DOWN_CLASSES.map(quoteLiteral).join(', ')}]) then
      raise;
    end if;
    found := null;
  end;
  perform set_config(place, key || coalesce(found, ''), false);
  return found;
end
`)};`;
}

function arraySql(name: string, each: string): string {
  return `create or replace function ${name}() returns text[] language sql stable as ${dollarQuoted(`\n  select array[${each}]::text[]\n`)};`;
}

function askedSql(name: string, up: string, known: string): string {
  return `create or replace function ${name}(host text) returns text
language plpgsql stable security definer ${OWN_PATH} as ${dollarQuoted(`
begin
  if nullif(current_setting('${SKIP_SETTING}', true), '')::boolean then
    return ${up}(host);
  end if;
  return (select known.id from ${known} where known.name = host);
end
`)};`;
}

function hostsSql(name: string, known: string, afresh: string): string {
  const returned = HOSTS_COLUMNS.map(([column, type]) => `${column} ${type}`).join(', ');
  return `create or replace function ${name}() returns table (${returned})
language plpgsql volatile security definer ${OWN_PATH} as ${dollarQuoted(`
#variable_conflict use_column
declare
  one record;
  itself text;
  said text;
  more text;
  place text;
begin
  for one in select * from ${known} loop
    host_id := one.id; name := one.name; address := one.address;
    up := true; error := null; observed_at := null; complete := null; missing := null;
    begin
      perform ${afresh}(one.server);
      -- What is read first decides what the coverage is of.
      execute format('select from %s limit 1', one.homes);
      execute format('select min(host_id), min(observed_at), bool_and(complete), array_agg(distinct code order by code) filter (where not complete) from %s', one.coverage)
        into itself, observed_at, complete, missing;
      if itself is distinct from one.id then
        up := false;
        error := format('it is another machine: it says that it is %s', coalesce(itself, 'nobody'));
      end if;
    exception when others or query_canceled then
      get stacked diagnostics said = message_text, more = pg_exception_detail, place = pg_exception_context;
      -- What an endpoint gives up is its answer; what is cancelled here ends all.
      if sqlstate = '57014' and not starts_with(place, 'remote SQL command') then
        raise;
      end if;
      up := false;
      error := concat_ws(': ', said, nullif(more, ''));
    end;
    return next;
  end loop;
end
`)};`;
}

function commentOn(signature: string, comment: string): string {
  return `comment on function ${signature} is ${quoteLiteral(comment)};`;
}
