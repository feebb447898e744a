import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf, one, parse, told } from '../../../test/makers/statements.ts';

const ALLOWED = [
  'count(*), sum(x), string_agg(x, $$,$$), array_agg(x order by x), percentile_cont(0.5) within group (order by x)',
  'row_number() over (), lag(x) over (order by x), rank() over w',
  'upper(x), lower(x), pg_catalog.length(x), coalesce(x, y), nullif(x, y), greatest(x, y), least(x, y)',
  "extract(epoch from now()), now() at time zone 'utc', date_trunc('day', now()), age(now()), current_timestamp",
  "position('a' in x), substring(x from 1 for 2), overlay(x placing 'b' from 1), trim(both 'x' from y), normalize(x)",
  "x similar to 'a', x like 'a' escape '!', x is normalized, (a, b) overlaps (c, d), collation for (x), x between symmetric 1 and 2",
  'random(), gen_random_uuid(), uuidv7(), clock_timestamp(), timeofday(), pg_backend_pid()',
  'current_user, session_user, current_schema, current_catalog, version(), current_setting($$x$$, true)',
  "has_table_privilege('sessions', 'select'), format_type(1, 2), pg_get_userbyid(10), obj_description(1, 'pg_class')",
  'pg_get_expr(a, b), pg_get_viewdef(1), pg_table_is_visible(1), pg_table_size(1), pg_relation_size(1), to_regclass(x)',
  'pg_is_in_recovery(), pg_is_wal_replay_paused(), pg_advisory_unlock_all(), pg_encoding_to_char(6)',
  'information_schema._pg_expandarray(array[1, 2]), generate_series(1, 2), unnest(x), array_to_string(x, y)',
  "uuid('x'), int4(x), text(x), date('2020-01-01'), jsonb('{}')",
  'jsonb_path_query(x, $$$.a$$), to_jsonb(x), json_build_object(a, b), jsonb_object_agg(a, b), json_array(1, 2)',
  "xmlelement(name a, b), xmlforest(a), json_value(x, '$.a'), json_exists(x, '$.a'), x is json",
];

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  pg_sleep: [
    'pg_sleep(1)',
    'pg_catalog.pg_sleep(1)',
    '"pg_sleep"(1)',
    'U&"pg!005fsleep" uescape \'!\' (1)',
    'PG_SLEEP(1)',
  ],
  pg_read_file: ["pg_read_file('/etc/passwd')"],
  pg_ls_dir: ["pg_ls_dir('.')"],
  lo_import: ["lo_import('/etc/passwd')"],
  table_to_xml: ["table_to_xml('sessions', true, true, '')"],
  query_to_xml: ["query_to_xml('select * from sessions', true, true, '')"],
  ts_stat: ["ts_stat('select 1')"],
  ts_rewrite: ["ts_rewrite('a', 'select 1')"],
  nextval: ["nextval('x')"],
  setval: ["setval('x', 1)"],
  txid_current: ['txid_current()'],
  setseed: ['setseed(0.5)'],
  pg_notify: ["pg_notify('a', 'b')"],
  pg_advisory_lock: ['pg_advisory_lock(1)'],
  pg_terminate_backend: ['pg_terminate_backend(1)'],
  pg_reload_conf: ['pg_reload_conf()'],
  pg_stat_reset: ['pg_stat_reset()'],
  pg_export_snapshot: ['pg_export_snapshot()'],
  pg_logical_emit_message: ["pg_logical_emit_message(false, 'a', 'b')"],
  set_config: [
    "1, set_config('work_mem', '1MB', false)",
    "set_config($1, '1MB', false)",
    "set_config('work_mem', '1MB', $1)",
    "set_config('exit_on_errorX'::varchar(13), 'on', false)",
    "set_config('exit_on_error'::name, 'on', false)",
    "set_config(setting_name => 'exit_on_error', new_value => 'on', is_local => true)",
    "set_config(variadic array['exit_on_error', 'on', 'f'])",
    "set_config('work_mem', '1MB', false) union select '1'",
    "(select set_config('work_mem', '1MB', false))",
    "set_config('work_mem', (select name from sessions), false)",
    "set_config(name, 'on', false) from pg_settings where name <> 'x'",
    "set_config(name, 'on', false) from pg_settings where name = 'x' or name = 'exit_on_error'",
    "set_config(name, 'on', false) from (select 'exit_on_error' as name) pg_settings where name = 'x'",
    "set_config(name, 'on', false) from pg_settings x (a, b, name) where name = 'x'",
    "set_config(name, 'on', false) from public.pg_settings where name = 'x'",
  ],
};

/** Places in a statement for an expression to stand. */
const NESTINGS: readonly ((inner: string) => string)[] = [
  (it) => `(select ${it})`,
  (it) => `(select 1 from sessions where ${it} is null)`,
  (it) => `(select 1 from sessions order by ${it} limit 1)`,
  (it) => `(select 1 from pg_class group by ${it} limit 1)`,
  (it) => `(select count(*) from pg_class having ${it} is null)`,
  (it) => `(select 1 limit (${it}))`,
  (it) => `(select 1 from sessions s join homes h on ${it} is null)`,
  (it) => `(select x from (values (${it})) v(x))`,
  (it) => `(select 1 from generate_series(1, ${it}) x)`,
  (it) => `(select 1 from lateral (select ${it}) x)`,
  (it) => `(select 1 from sessions tablesample system (${it}))`,
  (it) => `(with a as (select ${it} x) select x from a)`,
  (it) => `(with recursive a as (select 1 union select ${it} from a) select 1 from a)`,
  (it) => `(select 1 union select ${it} except select 2)`,
  (it) => `(select sum(1) over (partition by ${it}))`,
  (it) => `(select sum(1) over w from pg_class window w as (order by ${it}))`,
  (it) => `(select count(*) filter (where ${it} is null))`,
  (it) => `(select string_agg('a', ',' order by ${it}))`,
  (it) => `case when ${it} is null then 1 else 2 end`,
  (it) => `coalesce(1, ${it})`,
  (it) => `(array[1, ${it}])[1]`,
  (it) => `(array[1])[${it}]`,
  (it) => `(row(1, ${it})).f1`,
  (it) => `(${it})::text`,
  (it) => `(${it} collate "C")`,
  (it) => `(not (${it} is distinct from 1))`,
  (it) => `(1 in (1, ${it}))`,
  (it) => `(1 = any (array(select ${it})))`,
  (it) => `exists (select 1 where ${it} between 1 and 2)`,
  (it) => `upper(x => ${it})`,
  (it) => `json_object('a': ${it})`,
  (it) => `json_array(select ${it})`,
  (it) => `json_value('{}', '$.a' passing ${it} as x default ${it} on empty)`,
  (it) => `(select 1 from json_table('{}', '$' passing ${it} as x columns (a int path '$')) j)`,
  (it) => `(select 1 from xmltable('/a' passing xmlparse(content ${it}) columns b text default ${it}) x)`,
  (it) => `xmlelement(name a, xmlattributes(${it} as b))`,
  (it) => `extract(epoch from ${it})`,
  (it) => `(${it} at time zone 'utc')`,
];

const WHOLES: readonly ((inner: string) => string)[] = [
  (it) => `select ${it}`,
  (it) => `values (${it})`,
  (it) => `explain select ${it}`,
  (it) => `explain (analyze) select ${it}`,
  (it) => `copy (select ${it}) to stdout`,
  (it) => `declare c cursor for select ${it}`,
  (it) => `prepare p as select ${it}`,
  (it) => `execute p (${it})`,
  (it) => `explain execute p (${it})`,
  (it) => `select 1; select ${it}; select 2`,
];

const nested = fc.tuple(fc.array(fc.constantFrom(...NESTINGS), { maxLength: 6 }), fc.constantFrom(...WHOLES)).map(
  ([around, whole]) =>
    (inner: string) =>
      whole(around.reduce((it, nest) => nest(it), inner)),
);

describe('calls of functions', () => {
  it.each(ALLOWED)('%s', (list) => {
    expect(one(`select ${list} window w as ()`).kind).toBe('run');
  });

  it.each(Object.entries(REFUSED))('not %s', (name, calls) => {
    for (const call of calls) expect(told(`select ${call}`)).toBe(`42501 permission denied for function ${name}`);
    for (const call of calls) expect(failureOf(`select ${call}`).hint).not.toBe('');
  });

  it('are of functions that there are', () => {
    expect(told('select nothing(1)')).toBe('42883 function nothing does not exist here');
    expect(told('select public.upper(1)')).toBe('42883 function public.upper does not exist here');
    expect(told('select x.pg_catalog.upper(1)')).toBe('42883 function x.pg_catalog.upper does not exist here');
    expect(told("select file_fdw_validator('{}', 1)")).toBe('42883 function file_fdw_validator does not exist here');
    expect(told('select int4in($$1$$)')).toBe('42883 function int4in does not exist here');
  });

  it('are found however deep they stand, and only those', () => {
    const refused = "pg_read_file('x')";
    fc.assert(
      fc.property(nested, (around) => {
        expect(parse(around("upper('x')")).length).toBeGreaterThan(0);
        expect(told(around(refused))).toBe('42501 permission denied for function pg_read_file');
        expect(told(around('(with x as (delete from homes returning 1) select 1)'))).toMatch(
          /^25006 cannot execute DELETE/,
        );
        expect(told(around('(select 1 from sessions for update)'))).toMatch(/^25006 cannot execute SELECT FOR UPDATE/);
        const { position } = failureOf(around(refused));
        expect(around(refused).slice((position ?? 0) - 1)).toMatch(/^pg_read_file/);
      }),
      { numRuns: 500 },
    );
  });
});
