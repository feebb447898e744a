import { describe, expect, it } from 'vitest';
import { one, parse, told } from '../../../test/makers/statements.ts';

/** What is told beside what every statement says of itself. */
const ownOf = (text: string) => {
  const { text: _, tables: __, columns: ___, ...own } = one(text);
  return own;
};

const RUN = { kind: 'run', isCopy: false, executes: null };
const rows = (direction: string, count: number | null) => ({ rows: { direction, count } });

/** What may be run, and as what. */
const KINDS: readonly (readonly [text: string, own: object])[] = [
  ['select 1', RUN],
  ['(select 1) union all (values (2)) order by 1 limit 1', RUN],
  ['values (1, 2), (3, 4)', RUN],
  ['table sessions', RUN],
  ['select', RUN],
  ['show work_mem', RUN],
  ['show all', RUN],
  ['show transaction isolation level', RUN],
  ['explain select 1', RUN],
  ['explain (analyze, format json) select 1', RUN],
  ['explain declare c cursor for select 1', RUN],
  ['explain execute p (1)', { ...RUN, executes: 'p' }],
  ['explain analyze execute p', { ...RUN, executes: 'p' }],
  ['copy (select 1) to stdout', { ...RUN, isCopy: true }],
  ['copy sessions to stdout csv header', { ...RUN, isCopy: true }],
  ["set Search_Path = 'x'", { kind: 'set', name: 'search_path', isLocal: false, isSelect: false }],
  ['set local "TimeZone" to utc', { kind: 'set', name: 'timezone', isLocal: true, isSelect: false }],
  ["set time zone 'UTC'", { kind: 'set', name: 'timezone', isLocal: false, isSelect: false }],
  ["set time zone interval '1' hour to minute", { kind: 'set', name: 'timezone', isLocal: false, isSelect: false }],
  ['set application_name to default', { kind: 'set', name: 'application_name', isLocal: false, isSelect: false }],
  ['set work_mem from current', { kind: 'set', name: 'work_mem', isLocal: false, isSelect: false }],
  ["set names 'UTF-8'", { kind: 'set', name: 'client_encoding', isLocal: false, isSelect: false }],
  ['set client_encoding = sql_ascii', { kind: 'set', name: 'client_encoding', isLocal: false, isSelect: false }],
  ["set my.own = 'x'", { kind: 'set', name: 'my.own', isLocal: false, isSelect: false }],
  ['set statement_timeout = 0', { kind: 'set', name: 'statement_timeout', isLocal: false, isSelect: false }],
  ['set row_security = off', { kind: 'set', name: 'row_security', isLocal: false, isSelect: false }],
  ['set xml option document', { kind: 'set', name: 'xmloption', isLocal: false, isSelect: false }],
  [
    'set standard_conforming_strings = on',
    { kind: 'set', name: 'standard_conforming_strings', isLocal: false, isSelect: false },
  ],
  [
    'set default_transaction_read_only = tr',
    { kind: 'set', name: 'default_transaction_read_only', isLocal: false, isSelect: false },
  ],
  [
    "select pg_catalog.set_config('search_path', '', false)",
    { kind: 'set', name: 'search_path', isLocal: false, isSelect: true },
  ],
  ["select set_config('App.User', $1, true)", { kind: 'set', name: 'app.user', isLocal: true, isSelect: true }],
  [
    "select set_config(name, 'view', false) from pg_settings where name = 'restrict_nonsystem_relation_kind'",
    { kind: 'set', name: 'restrict_nonsystem_relation_kind', isLocal: false, isSelect: true },
  ],
  ['reset all', { kind: 'reset', name: null }],
  ['reset Work_Mem', { kind: 'reset', name: 'work_mem' }],
  ['reset time zone', { kind: 'reset', name: 'timezone' }],
  ['set transaction isolation level serializable, read only, deferrable', { kind: 'set_transaction' }],
  ['set session characteristics as transaction read write', { kind: 'set_transaction' }],
  ["set transaction_isolation = 'repeatable read'", { kind: 'set_transaction' }],
  ['set transaction_read_only = on', { kind: 'set_transaction' }],
  ['set role none', { kind: 'nothing', tag: 'SET' }],
  ['set session authorization default', { kind: 'nothing', tag: 'SET' }],
  ['reset role', { kind: 'nothing', tag: 'RESET' }],
  ['reset session authorization', { kind: 'nothing', tag: 'RESET' }],
  ['unlisten *', { kind: 'nothing', tag: 'UNLISTEN' }],
  ['unlisten x', { kind: 'nothing', tag: 'UNLISTEN' }],
  ['lock table public.sessions, homes in access share mode', { kind: 'nothing', tag: 'LOCK TABLE' }],
  ['begin', { kind: 'begin' }],
  ['start transaction isolation level repeatable read, read only', { kind: 'begin' }],
  ['commit', { kind: 'commit', isChained: false }],
  ['end and chain', { kind: 'commit', isChained: true }],
  ['abort', { kind: 'rollback', isChained: false }],
  ['rollback and chain', { kind: 'rollback', isChained: true }],
  ['savepoint "A b"', { kind: 'savepoint', name: 'A b' }],
  ['release x', { kind: 'release', name: 'x' }],
  ['rollback to savepoint x', { kind: 'rollback_to', name: 'x' }],
  ['fetch c', { kind: 'fetch', name: 'c', ...rows('forward', 1) }],
  ['fetch 0 from c', { kind: 'fetch', name: 'c', ...rows('forward', 0) }],
  ['fetch all in c', { kind: 'fetch', name: 'c', ...rows('forward', null) }],
  ['fetch backward 3 c', { kind: 'fetch', name: 'c', ...rows('backward', 3) }],
  ['fetch -3 c', { kind: 'fetch', name: 'c', ...rows('forward', -3) }],
  ['fetch prior c', { kind: 'fetch', name: 'c', ...rows('backward', 1) }],
  ['fetch last c', { kind: 'fetch', name: 'c', ...rows('absolute', -1) }],
  ['move relative 2 in c', { kind: 'move', name: 'c', ...rows('relative', 2) }],
  ['move backward all in c', { kind: 'move', name: 'c', ...rows('backward', null) }],
  ['close c', { kind: 'close', name: 'c' }],
  ['close all', { kind: 'close', name: null }],
  ['prepare p (int, text) as select $1, $2', { kind: 'prepare', name: 'p' }],
  ['prepare p as values (1)', { kind: 'prepare', name: 'p' }],
  ["execute p (1, 'x')", { kind: 'execute', name: 'p' }],
  ['deallocate prepare p', { kind: 'deallocate', name: 'p' }],
  ['deallocate all', { kind: 'deallocate', name: null }],
  ['discard all', { kind: 'discard', what: 'all' }],
  ['discard plans', { kind: 'discard', what: 'plans' }],
  ['discard sequences', { kind: 'discard', what: 'sequences' }],
  ['discard temporary', { kind: 'discard', what: 'temp' }],
];

const CURSOR = { kind: 'declare', name: 'c', query: 'select 1', isBinary: false, isHeld: false, isForwardOnly: false };

describe('parseStatements', () => {
  it.each(KINDS)('%s', (text, own) => {
    expect(ownOf(text)).toEqual(own);
  });

  it('tells what a cursor is declared with, and its query as it stands there', () => {
    expect(ownOf('declare c cursor for select 1')).toEqual(CURSOR);
    expect(ownOf('declare c binary insensitive no scroll cursor with hold for select 1')).toEqual({
      ...CURSOR,
      isBinary: true,
      isHeld: true,
      isForwardOnly: true,
    });
    const odd = `declare "for '" scroll cursor/* for /* for */ */without hold -- for\n  for\t/*é*/ select 'é for', "for" -- x`;
    expect(ownOf(`${odd}\n ; `)).toMatchObject({ name: "for '", query: `/*é*/ select 'é for', "for" -- x` });
    expect(ownOf(`declare U&"d!0061" uescape '!' cursor for(select 1)`)).toMatchObject({
      name: 'da',
      query: '(select 1)',
    });
  });

  it('tells the statements of a text in their order, each without what stands around it', () => {
    const text = '\n/* é😀 */ select \'é😀;\' /* ; */ as x ;; ; -- ;\n begin;select 2 as "é;"  -- end\n;\u00a0';
    const texts = ["select 'é😀;' /* ; */ as x", 'begin', 'select 2 as "é;"  -- end'];
    expect(parse(text.trimEnd()).map((it) => it.text)).toEqual(texts);
    expect(parse('select 1;select 2').map((it) => it.text)).toEqual(['select 1', 'select 2']);
    // A blank that is none for Postgres is part of a name.
    expect(parse(' select 1 as x\u00a0 \f\v').map((it) => it.text)).toEqual(['select 1 as x\u00a0']);
  });

  it.each(['', ' ', ';', ' ; ;\n;', '-- nothing', '/* nothing /* at */ all */ ; -- x'])('has none in %j', (text) => {
    expect(parse(text)).toEqual([]);
  });

  it('tells the same of the same text, whether it has been seen before or not', () => {
    const again = parse('select name from sessions');
    expect(parse('select name from sessions')).toBe(again);
    for (let count = 0; count < 600; count++) parse(`select ${count}`);
    expect(parse('select name from sessions')).not.toBe(again);
    expect(parse('select name from sessions')).toEqual(again);
  });

  it('sets for a moment only what would end the engine for all', () => {
    const textOf = (text: string) => one(text).text;
    expect(textOf("set/**/session idle_session_timeout = 'it''s'")).toBe("SET LOCAL idle_session_timeout TO 'it''s'");
    expect(textOf('set local "Transaction_Timeout" to 5000')).toBe("SET LOCAL transaction_timeout TO '5000'");
    expect(textOf('set idle_in_transaction_session_timeout to default')).toBe(
      'SET LOCAL idle_in_transaction_session_timeout TO DEFAULT',
    );
    expect(one('set idle_session_timeout = 1')).toMatchObject({ name: 'idle_session_timeout', isLocal: false });
    expect(told("select set_config('Idle_Session_Timeout', '1', false)")).toMatch(/^42501/);
  });

  it('copies a live table by a query, for it has partitions', () => {
    const textOf = (text: string) => one(text).text;
    expect(textOf('copy sessions to stdout;')).toBe('copy (SELECT * FROM public."sessions") to stdout');
    expect(textOf('COPY /*to*/ public."sessions" ("name" /*)*/, pid) -- to\n TO STDOUT (format csv, header)')).toBe(
      'COPY /*to*/ (SELECT "name", "pid" FROM public."sessions") TO STDOUT (format csv, header)',
    );
    expect(textOf('copy live.homes to stdout with binary')).toBe(
      'copy (SELECT * FROM public."homes") to stdout with binary',
    );
    expect(textOf('copy pg_class (oid) to stdout')).toBe('copy pg_class (oid) to stdout');
  });
});
