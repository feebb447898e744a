import { quoteLiteral } from '../../registry/identifiers.ts';
import { dollarQuoted } from '../dollar-quoted.ts';
import type { Made } from '../made.ts';
import { OWN_PATH } from '../own-path.ts';
import type { MadeObject } from '../record.ts';
import { PIN_ADVICE } from './failures.ts';
import type { LookPlan } from './reading-sql.ts';
import { LAYOUT, LINE_KIND } from './text-form.ts';

interface Helper {
  readonly name: string;
  readonly takes: string;
  readonly comment: string;
  readonly sql: string;
}

/** The small functions that a look is made with. */
export function helperFunctions(plan: LookPlan): Made {
  const helpers = [
    checkReading(plan),
    settle(plan),
    rulesNow(plan),
    argumentsOf(plan),
    textOf(plan),
    terminalName(plan),
  ];
  const { names } = plan;
  return {
    statements: helpers.flatMap(({ name, takes, comment, sql }) => [
      sql,
      `comment on function ${names.within(name)}(${takes}) is ${quoteLiteral(comment)};`,
    ]),
    objects: helpers.map(({ name, takes }): MadeObject => ({ kind: 'function', schema: names.inner, name, takes })),
  };
}

/** A reading that is not whole, or of another world, is an error: fewer rows would be a smaller answer. */
function checkReading({ names, pidNamespace }: LookPlan): Helper {
  const takes = 'text, bigint, bigint, bigint, bigint, bigint, bigint';
  return {
    name: 'check_reading',
    takes,
    comment: 'whether a reading of the kernel has its header, all of its rows and its end; else an error',
    sql: `create or replace function ${names.within('check_reading')}(what text, headers bigint, layout bigint, pid_ns bigint, rows bigint, ends bigint, counted bigint)
returns boolean language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(`
begin
  if headers is distinct from 1 then
    raise exception 'the kernel''s text of % has %', what, case when headers > 1 then format('%s headers: it is no single reading', headers) else 'no header' end
      using errcode = 'data_corrupted', hint = 'plumb bpf status';
  elsif layout is distinct from ${LAYOUT} then
    raise exception 'the kernel''s text of % has layout %, and these functions know ${LAYOUT}', what, layout
      using errcode = 'feature_not_supported', hint = ${quoteLiteral(PIN_ADVICE.other)};
  elsif pid_ns is not null and pid_ns <> ${pidNamespace} then
    raise exception 'this server is in pid namespace %, and the homes are of ${pidNamespace}', pid_ns
      using errcode = 'object_not_in_prerequisite_state', hint = 'plumb fdw install, run where the server runs';
  elsif ends is distinct from 1 or counted is null then
    raise exception 'the kernel''s text of % has no end: rows may be missing', what using errcode = 'io_error', hint = 'ask again';
  elsif counted <> rows then
    raise exception 'the kernel''s text of % has % rows of %', what, rows, counted using errcode = 'io_error', hint = 'ask again';
  end if;
  return true;
end
`)};`,
  };
}

/** How often the kernel is read where somebody who matters changes under our eyes. */
export const MOST_LOOKS = 3;

/** Says that a look has to be taken again; a class of ours, which Postgres has no meaning for. */
export const RESTLESS = 'PLB01';

function settle({ names }: LookPlan): Helper {
  return {
    name: 'settle',
    takes: 'integer, boolean',
    comment: 'whether a look can be told as it is; else an error by which it is taken again',
    sql: `create or replace function ${names.within('settle')}(attempt integer, is_restless boolean) returns boolean
language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(`
begin
  if is_restless and attempt < ${MOST_LOOKS} then
    raise exception 'processes that matter changed while they were read' using errcode = '${RESTLESS}';
  end if;
  return true;
end
`)};`,
  };
}

function rulesNow({ names, hostId }: LookPlan): Helper {
  return {
    name: 'rules_now',
    takes: '',
    comment: 'what is configured of this machine: which programs are sessions',
    sql: `create or replace function ${names.within('rules_now')}() returns table (commands text[], shells text[], is_terminal_optional boolean)
language plpgsql stable rows 1 ${OWN_PATH} as ${dollarQuoted(`
begin
  return query select r.commands, r.shells, r.terminal = 'optional' from plumbline.home_rules r where r.host_id = ${quoteLiteral(hostId)};
  if not found then
    raise exception 'no homes of this machine are stored' using errcode = 'object_not_in_prerequisite_state',
      hint = 'plumb homes --store --db …, or plumb sync --db …';
  end if;
end
`)};`,
  };
}

/** Opened only for whom it is needed. Where it is not there or may not be read, nobody's is known. */
function argumentsOf({ names }: LookPlan): Helper {
  const only = (kind: keyof typeof LINE_KIND) => `filter (where a.kind = ${LINE_KIND[kind]})`;
  return {
    name: 'arguments_of',
    takes: 'integer[]',
    comment: 'the command lines of these processes, as far as they are told',
    sql: `create or replace function ${names.within('arguments_of')}(pids integer[])
returns table (pid integer, start_ns bigint, exe text, is_whole boolean, argv text[])
language plpgsql volatile rows 100 ${OWN_PATH} as ${dollarQuoted(`
#variable_conflict use_column
begin
  if pids is null then
    return;
  end if;
  return query with lines as materialized (select * from ${names.within('arguments')}),
  reading as materialized (
    select ${names.within('check_reading')}('arguments', count(*) ${only('header')}, max(number) ${only('header')}, null,
      count(*) ${only('task')}, count(*) ${only('end')}, max(number) ${only('end')}) as is_whole
    from lines a
  ),
  told as (
    select a.pid, a.start_ns, a.exe, a.whole = 1 and right(a.argv, 2) = '00' as is_whole,
      -- Each byte with a blank behind it, so that zeros are found between bytes only.
      string_to_array(regexp_replace(regexp_replace(a.argv, '(?:00)+$', ''), '(..)', ${quoteLiteral('\\1 ')}, 'g'), '00 ') as words
    from lines a where a.kind = ${LINE_KIND.task} and a.pid = any (pids)
  )
  select t.pid, t.start_ns, t.exe, t.is_whole, array(
    select convert_from(decode(w.word, 'hex'), 'LATIN1') from unnest(t.words) with ordinality w (word, place)
    where t.is_whole or w.place < array_length(t.words, 1) order by w.place
  )
  -- Whether that is all is asked even where nothing is told; then one row says that the file could be read.
  from reading r left join told t on r.is_whole;
exception when undefined_file or insufficient_privilege then
  return;
end
`)};`,
  };
}

function textOf({ names }: LookPlan): Helper {
  return {
    name: 'text_of',
    takes: 'text',
    comment: 'bytes as text: what is no UTF-8 as \\xHH, and every backslash as two',
    sql: `create or replace function ${names.within('text_of')}(bytes text) returns text
language plpgsql immutable ${OWN_PATH} as ${dollarQuoted(`
declare
  raw constant bytea := convert_to(bytes, 'LATIN1');
begin
  return replace(convert_from(raw, 'UTF8'), ${BACKSLASH}, ${BACKSLASH} || ${BACKSLASH});
exception when character_not_in_repertoire or untranslatable_character then
  return (
    select string_agg(case
      when get_byte(raw, i) = 92 then ${BACKSLASH} || ${BACKSLASH}
      when get_byte(raw, i) > 127 then ${BACKSLASH} || 'x' || upper(to_hex(get_byte(raw, i)))
      else chr(get_byte(raw, i)) end, '' order by i)
    from generate_series(0, length(raw) - 1) i
  );
end
`)};`,
  };
}

/** Whatever a session takes a backslash for. */
const BACKSLASH = 'chr(92)';

/** As src/kernel/parse/tty-drivers.ts reads the table; for those too that read a view, and may not read the table. */
function terminalName({ names }: LookPlan): Helper {
  return {
    name: 'terminal_name',
    takes: 'bigint',
    comment: 'what a terminal is called that is no pseudoterminal: tty1, ttyS0, or its numbers',
    sql: `create or replace function ${names.within('terminal_name')}(device bigint) returns text
language plpgsql stable security definer ${OWN_PATH} as ${dollarQuoted(`
declare
  major constant bigint := (device >> 8) & 4095;
  minor constant bigint := (device & 255) | ((device >> 12) & 1048320);
begin
  return coalesce((
    select case when d.words[5] like 'system%' then d.words[1]
      else d.words[1] || (minor - d.words[3]::bigint + case when d.words[5] = 'console' then 1 else 0 end) end
    from (select regexp_match(line, '^[^ ].* (?:/dev/)?([^ ]+) +([0-9]+) +([0-9]+)(?:-([0-9]+))? +([^ ]+)$') as words from ${names.within('tty_drivers')}) d
    where d.words[2]::bigint = major and minor between d.words[3]::bigint and coalesce(d.words[4], d.words[3])::bigint limit 1
  ), major || ':' || minor);
end
`)};`,
  };
}
