import { describe, expect, it } from 'vitest';
import { failureOf, told } from '../../../test/makers/statements.ts';

/** Writes, each by the words of Postgres's own tag. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  INSERT: [
    'insert into sessions values (1)',
    'insert into x default values returning *',
    'with a as (select 1) insert into x select * from a',
    'explain insert into x values (1)',
    'explain analyze insert into x values (1)',
    'prepare p as insert into x values ($1)',
    'copy (insert into x values (1) returning *) to stdout',
    'with a as (insert into x values (1) returning *) select * from a',
    'select * from (with a as (insert into x values (1)) select 1) y',
    'declare c cursor for with a as (insert into x values (1)) select 1',
    'explain declare c cursor for with a as (insert into x values (1)) select 1',
  ],
  UPDATE: ["update pg_settings set setting = 'on'", 'update sessions set pid = 1 from homes'],
  DELETE: ['delete from sessions', 'with recursive a as (delete from x returning *) table a'],
  MERGE: ['merge into x using y on true when matched then delete'],
  'TRUNCATE TABLE': ['truncate sessions'],
  'COPY FROM': ['copy sessions from stdin'],
  'SELECT INTO': [
    'select * into x from sessions',
    'select 1 into temp x',
    'explain analyze select 1 into x',
    '(select 1 into x) union select 2',
  ],
  'CREATE TABLE AS': [
    'create table x as select 1',
    'create temp table x as execute p',
    'explain analyze create table x as select 1',
  ],
  'CREATE MATERIALIZED VIEW': ['create materialized view x as select 1'],
  'REFRESH MATERIALIZED VIEW': ['refresh materialized view x'],
  'SELECT FOR UPDATE': ['select * from sessions for update', 'select 1 from (select 1 from sessions for update) x'],
  'SELECT FOR NO KEY UPDATE': ['select * from sessions for no key update nowait'],
  'SELECT FOR SHARE': ['declare c cursor for select * from sessions for share'],
  'SELECT FOR KEY SHARE': ['select * from sessions for key share skip locked'],
  'LOCK TABLE': ['lock sessions', 'lock table sessions in share mode', 'lock table x in share update exclusive mode'],
  'CREATE TABLE': ['create table x (a int)', 'create temp table x (a int)'],
  'CREATE FOREIGN TABLE': ['create foreign table x (a int) server kernel'],
  'CREATE VIEW': ['create or replace temp view x as select 1'],
  'CREATE INDEX': ['create index on x (a)'],
  'CREATE SCHEMA': ['create schema x'],
  'CREATE SEQUENCE': ['create sequence x'],
  'CREATE FUNCTION': ["create function f() returns int language sql as 'select 1'"],
  'CREATE PROCEDURE': ["create procedure f() language sql as 'select 1'"],
  'CREATE AGGREGATE': ['create aggregate a (int) (sfunc = x, stype = int)'],
  'CREATE OPERATOR': ['create operator === (function = x, leftarg = int)'],
  'CREATE TYPE': [
    'create type x as (a int)',
    "create type x as enum ('a')",
    'create type x as range (subtype = int)',
    'create type x',
  ],
  'CREATE TEXT SEARCH CONFIGURATION': ['create text search configuration x (copy = simple)'],
  'CREATE COLLATION': ["create collation x (locale = 'C')"],
  'CREATE DOMAIN': ['create domain x as int'],
  'CREATE CAST': ['create cast (int as text) without function'],
  'CREATE TRIGGER': ['create trigger t after insert on x for each row execute function f()'],
  'CREATE RULE': ['create rule r as on insert to x do instead nothing'],
  'CREATE EXTENSION': ['create extension file_fdw'],
  'CREATE SERVER': ['create server x foreign data wrapper file_fdw'],
  'CREATE USER MAPPING': ['create user mapping for x server y'],
  'CREATE ROLE': ['create role x', 'create user x'],
  'CREATE DATABASE': ['create database x'],
  'CREATE PUBLICATION': ['create publication p for all tables'],
  'ALTER TABLE': [
    'alter table x add column a int',
    'alter table x rename to y',
    'alter table x rename column a to b',
    'alter table x rename constraint a to b',
    'alter table x set schema y',
    'alter table x owner to y',
  ],
  'ALTER VIEW': ['alter view x rename to y'],
  'ALTER FOREIGN TABLE': ["alter foreign table live.sessions options (set filename '/etc/passwd')"],
  'ALTER SERVER': ['alter server kernel options (a $$b$$)', 'alter server kernel owner to x'],
  'ALTER FUNCTION': ['alter function f() immutable', 'alter function f() owner to x', 'alter function f() rename to g'],
  'ALTER MATERIALIZED VIEW': ['alter materialized view x rename to y'],
  'ALTER TYPE': ['alter type x add value $$y$$', 'alter type x rename to y'],
  'ALTER ROLE': ['alter role x superuser', 'alter role x set exit_on_error = on', "alter user x password 'y'"],
  'ALTER DATABASE': ['alter database x set exit_on_error = on', 'alter database x rename to y'],
  'ALTER DEFAULT PRIVILEGES': ['alter default privileges grant select on tables to x'],
  'DROP TABLE': ['drop table sessions', 'drop table if exists x cascade'],
  'DROP FOREIGN TABLE': ['drop foreign table live.sessions'],
  'DROP SCHEMA': ['drop schema live cascade'],
  'DROP FUNCTION': ['drop function f()'],
  'DROP SERVER': ['drop server kernel cascade'],
  'DROP EXTENSION': ['drop extension file_fdw'],
  'DROP ROLE': ['drop role x'],
  'DROP DATABASE': ['drop database x'],
  'DROP OWNED': ['drop owned by x'],
  'DROP MATERIALIZED VIEW': ['drop materialized view x'],
  'REASSIGN OWNED': ['reassign owned by x to y'],
  GRANT: ['grant select on x to y'],
  REVOKE: ['revoke select on x from y'],
  'GRANT ROLE': ['grant x to y'],
  'REVOKE ROLE': ['revoke x from y'],
  COMMENT: ['comment on table sessions is null'],
  'SECURITY LABEL': ["security label on table x is 'y'"],
  'IMPORT FOREIGN SCHEMA': ['import foreign schema x from server kernel into y'],
  'SET CONSTRAINTS': ['set constraints all deferred'],
  VACUUM: ['vacuum', 'vacuum (analyze) sessions'],
  ANALYZE: ['analyze', 'analyze sessions'],
  CLUSTER: ['cluster x using y'],
  REINDEX: ['reindex table x', 'reindex system postgres'],
};

const OTHERS: readonly (readonly [text: string, told: string])[] = [
  ["copy sessions to '/tmp/x'", '42501 permission denied to COPY to a file'],
  ["copy sessions from '/etc/passwd'", '42501 permission denied to COPY from a file'],
  ["copy (select 1) to program 'id'", '42501 permission denied to COPY to or from an external program'],
  ["copy sessions from program 'id'", '42501 permission denied to COPY to or from an external program'],
  ['set role x', '42501 permission denied to set role "x"'],
  ["set local role 'postgres'", '42501 permission denied to set role "postgres"'],
  ['set session authorization x', '42501 permission denied to set session authorization "x"'],
  ['set session_authorization = x', '42501 permission denied to set session authorization "x"'],
  ["select set_config('ROLE', 'x', false)", '42501 permission denied to set role "x"'],
  ['set exit_on_error = on', '42501 permission denied to set parameter "exit_on_error"'],
  ['set local "Exit_On_Error" to on', '42501 permission denied to set parameter "exit_on_error"'],
  ["select set_config('exit_on_error', 'on', true)", '42501 permission denied to set parameter "exit_on_error"'],
  ['set seed = 0.5', '42501 permission denied to set parameter "seed"'],
  ["select set_config('seed', '0.5', false)", '42501 permission denied to set parameter "seed"'],
  ["set session_preload_libraries = 'x'", '42501 permission denied to set parameter "session_preload_libraries"'],
  ['set max_stack_depth = 100', '42501 permission denied to set parameter "max_stack_depth"'],
  ['set zero_damaged_pages = on', '42501 permission denied to set parameter "zero_damaged_pages"'],
  ['alter system set work_mem = 1', '42501 permission denied to alter the system'],
  ["do 'begin end'", '42501 permission denied for language plpgsql'],
  ["load 'x'", '42501 access to library "x" is not allowed'],
  ['checkpoint', '42501 permission denied to execute CHECKPOINT command'],
  [
    'set default_transaction_read_only = off',
    '25006 cannot set default_transaction_read_only to off: only reading is possible here',
  ],
  ['set transaction_read_only to no', '25006 cannot set transaction_read_only to off: only reading is possible here'],
  [
    "select set_config('transaction_read_only', $1, true)",
    '25006 cannot set transaction_read_only to off: only reading is possible here',
  ],
  ['begin read write', '0A000 cannot set transaction read-write mode during recovery'],
  [
    'start transaction isolation level serializable, read write',
    '0A000 cannot set transaction read-write mode during recovery',
  ],
  ['set transaction read write', '0A000 cannot set transaction read-write mode during recovery'],
  ["set transaction snapshot 'x'", '0A000 SET TRANSACTION SNAPSHOT is not available here'],
  ["prepare transaction 'x'", '0A000 two-phase commit is not available here'],
  ["commit prepared 'x'", '0A000 two-phase commit is not available here'],
  ['set client_encoding = latin1', '0A000 client_encoding latin1 is not available here'],
  ["set names 'SJIS'", '0A000 client_encoding SJIS is not available here'],
  ['set standard_conforming_strings = off', '0A000 standard_conforming_strings = off is not available here'],
  [
    "select set_config('standard_conforming_strings', $1, false)",
    '0A000 standard_conforming_strings = off is not available here',
  ],
  ['call x()', '0A000 CALL is not available here'],
  ['listen x', '0A000 LISTEN is not available here'],
  ["notify x, 'y'", '0A000 NOTIFY is not available here'],
  ['selec 1', '42601 syntax error at or near "selec"'],
  ["select 'x", `42601 unterminated quoted string at or near "'x"`],
  ["select E'\\000'", '22021 invalid byte sequence for encoding "UTF8": 0x00'],
  [
    'select sum(x) over (rows between unbounded following and current row)',
    '42P20 frame start cannot be UNBOUNDED FOLLOWING',
  ],
  ['select 1 limit 1, 2', '42601 LIMIT #,# syntax is not supported'],
  ['explain explain select 1', '42601 syntax error at or near "explain"'],
];

describe('what may not be run', () => {
  it.each(Object.entries(WRITES))('%s', (tag, texts) => {
    for (const text of texts) expect(told(text)).toBe(`25006 cannot execute ${tag} in a read-only transaction`);
  });

  it.each(OTHERS)('%s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it('says what to do, but for syntax', () => {
    const texts = [...Object.values(WRITES).flat(), ...OTHERS.map(([text]) => text)];
    const mute = texts.filter((text) => failureOf(text).hint === '' && !/^(?:42601|22021|42P20)/.test(told(text)));
    expect(mute).toEqual([]);
  });

  it('is refused with all that stands beside it', () => {
    expect(told('select 1; drop table sessions; select 2')).toBe(
      '25006 cannot execute DROP TABLE in a read-only transaction',
    );
  });

  it('says where it is, in characters from 1', () => {
    const positions = [
      ['selec 1', 1],
      [" select 'é€😀' fro m x", 19],
      ["select 'é€😀', pg_sleep(1)", 15],
      ['select 1; /* é😀 */ select pg_sleep(1)', 27],
      ['select é(1)', 8],
    ] as const;
    for (const [text, position] of positions) expect([text, failureOf(text).position]).toEqual([text, position]);
    expect(failureOf("select E'\\000'").position).toBe(null);
  });
});
