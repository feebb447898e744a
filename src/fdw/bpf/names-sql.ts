import { INTERPRETER_THREAD, MULTIPLEXERS } from '../../identity/commands.ts';
import { INTERPRETER } from '../../identity/interpreter.ts';
import { KNOWN_SHELLS, LAUNCHER_SCRIPTS, LAUNCHER_TITLE, LAUNCHERS } from '../../identity/launcher-programs.ts';
import { COMM_BYTES } from '../../model/process.ts';
import { quoteLiteral } from '../../registry/identifiers.ts';
import type { Names } from '../names.ts';
import { endedSql, shareSql } from './reading-sql.ts';
import { basenameSql, bytesOfTextSql, bytesSql, matchesSql, textArray } from './sql-values.ts';

/** What a link to a program file says of one that has been deleted: src/identity/program.ts takes it off. */
const DELETED = ' (deleted)';

const IS_INTERPRETER = (text: string) => matchesSql(text, INTERPRETER);
/** No title is without a blank, which is quicker to look for. */
const IS_TITLE = (text: string) => `(position(' ' in ${text}) > 0 and ${matchesSql(text, LAUNCHER_TITLE)})`;

function exeNameSql(hex: string): string {
  const bytes = Buffer.from(DELETED).toString('hex');
  return bytesSql(
    `case when right(${hex}, ${bytes.length}) = '${bytes}' then left(${hex}, ${-bytes.length}) else ${hex} end`,
  );
}

/**
 * What is configured, as bytes; and what is known of a program from the names that every row has: `matches` whether it is a
 * session, `launches` whether it only starts others. Null where its command line decides.
 */
export function earlySql(): string {
  return `wishes as materialized (
  select is_terminal_optional, commands is null as takes_all, coalesce('*' = any (commands), false) as takes_any,
    array(select ${bytesOfTextSql('c')} from unnest(commands) c) as exact,
    array(select left(${bytesOfTextSql('c')}, ${COMM_BYTES}) from unnest(commands) c) as short,
    array(select ${bytesOfTextSql('s')} from unnest(shells) s) || ${textArray([...KNOWN_SHELLS, ...MULTIPLEXERS])} as no_sessions
  from rules
),
early as materialized (
  select s.*, w.takes_all, w.takes_any,
    case
      when w.takes_all then true
      when w.takes_any then case when s.exe_file = any (w.no_sessions) or s.launches then false end
      when s.exe_file = any (w.exact) or s.comm_name = any (w.exact) or s.comm_name = any (w.short) then true
    end as matches
  from (
    select s.*, case when s.exe_file = any (${textArray(LAUNCHERS)}) or ${IS_TITLE('s.comm_name')} then true end as launches
    from (
      select s.*, ${bytesSql('s.comm')} as comm_name, ${exeNameSql('s.exe_name')} as exe_file from suspects s where role is null
    ) s
  ) s, wishes w
  where s.tty_nr <> 0 or not w.takes_all
)`;
}

/** The parents of all that may be sessions, nearest first: `ancestorsOf` of src/identity/ancestry.ts. */
export function ancestorsSql(): string {
  const columns = 'a.pid, a.ppid, a.start_ns, a.sid, a.tty_nr';
  const parent = (child: string) => `a.pid = ${child}.ppid and ${child}.ppid > 0 and a.start_ns <= ${child}.start_ns`;
  return `above as (
  select c.pid as candidate, c.tty_nr as its_tty, c.sid as its_sid, 1 as height, ${columns}, ${shareSql('a', 'c')} as shares
  from early c join tasks a on ${parent('c')}
  where c.matches is not false and c.home is not null
  union all
  select b.candidate, b.its_tty, b.its_sid, b.height + 1, ${columns}, ${shareSql('a', 'b')}
  from above b join tasks a on ${parent('b')}
  where b.height < ${MOST_ANCESTORS}
)`;
}

/** Equal start times could close a circle of reused numbers. */
const MOST_ANCESTORS = 512;

/** Of whom the command line is needed: where it decides; and the file with them is not opened where nobody is. */
export function argumentsSql(names: Names): string {
  return `tops as materialized (
  select a.candidate, max(a.height) as height
  from above a join early e on e.pid = a.pid and e.home is not null and e.matches is not false group by a.candidate
),
between as materialized (
  select distinct a.pid from above a join tops on tops.candidate = a.candidate and a.height <= tops.height
),
asked as materialized (
  select e.pid, e.start_ns, e.exe, e.tty_nr, e.comm_name, e.exe_file, e.matches, e.launches, false as is_over,
    e.matches is null or e.takes_all and coalesce(${IS_INTERPRETER('e.exe_file')}, true)
      or e.launches is null and e.pid in (select pid from between) as needs
  from early e
  union all
  select b.pid, t.start_ns, t.exe, t.tty_nr, ${bytesSql('t.comm')}, ${exeNameSql('t.exe_name')}, false, null, ${endedSql('t')}, not ${endedSql('t')}
  from between b join tasks t on t.pid = b.pid where not exists (select from early e where e.pid = b.pid)
),
command_lines as materialized (
  select * from ${names.within('arguments_of')}((select array_agg(pid) from asked where needs))
),
called as materialized (
  select a.*, a.is_over or l.pid is not null and array_length(l.argv, 1) > 0 as is_known, l.argv, l.is_whole,
    case when l.argv[1] <> '' then regexp_replace(${basenameSql('l.argv[1]')}, '^-', '') end as called_as
  from asked a
  left join command_lines l on l.pid = a.pid and l.start_ns = a.start_ns and l.exe is not distinct from a.exe
),
filed as materialized (
  select c.*, coalesce(c.exe_file, case when c.exe is null then coalesce(split_part(c.called_as, ' ', 1), c.comm_name) end) as file
  from called c
),
scripted as materialized (
  select f.*, case
      when not f.is_known then null
      when coalesce(${IS_INTERPRETER('f.file')}, false) then ${names.within('script_of')}(f.argv, f.file, f.is_whole)
      when coalesce(${IS_INTERPRETER('f.called_as')}, false) then ${names.within('script_of')}(f.argv, f.called_as, f.is_whole)
      else '{}'::text[]
    end as script
  from filed f
)`;
}

/** What each program is, by all its names: src/identity/program.ts and commands.ts. Null: that cannot be told. */
export function programsSql(names: Names): string {
  const isSure = `(p.is_known and p.script is not null and p.file is not null)`;
  const script_name = `nullif(p.script[1], '')`;
  const ofNames = [
    'p.file',
    'p.comm_name',
    `nullif(p.called_as, '')`,
    script_name,
    `${names.within('without_ending')}(${script_name})`,
  ].map((name) => `when ${name} = any (w.exact) then ${name}`);
  const inNames = `case ${ofNames.join(' ')} end`;
  const byComm = `case when p.comm_name = any (w.short) then (select w.exact[i] from generate_subscripts(w.short, 1) i where w.short[i] = p.comm_name order by i desc limit 1) end`;
  const script = `case when p.script[2] = 'true' then nullif(p.script[1], '') end`;
  const shown = `coalesce(${script}, case when coalesce(${IS_INTERPRETER('p.file')}, true) then p.comm_name else p.file end)`;
  return `programs as materialized (
  select p.pid, p.launches, ${shown} as shown, coalesce(${IS_INTERPRETER('p.file')}, true) as is_interpreter, ${script} as script,
    case
      when p.matches is false then false
      when w.takes_all then true
      when w.takes_any then case when p.file = any (w.no_sessions) or p.launches then false when p.launches is false then true end
      when p.command is not null then true
      when p.is_sure or p.is_untold then false
    end as is_session,
    case when w.takes_all or w.takes_any then ${shown} else p.command end as command
  from (
    select p.*, coalesce(${inNames}, ${byComm}) as command
    from (
      select p.*, ${isSure} as is_sure,
        -- Without a terminal, an interpreter or a known name, whose command line nobody tells: a look does not read it either (commands.ts).
        p.tty_nr = 0 and not p.is_known and p.file is not null and not ${IS_INTERPRETER('p.file')} and not ${IS_INTERPRETER('p.comm_name')}
          and p.comm_name <> ${quoteLiteral(INTERPRETER_THREAD)} as is_untold, case
          when p.launched or p.file = any (${textArray(LAUNCHERS)}) or ${IS_TITLE('p.comm_name')} or ${IS_TITLE('p.called_as')}
            or p.script[2] = 'true' and p.script[1] = any (${textArray(LAUNCHER_SCRIPTS)}) then true
          when ${isSure} then false
        end as launches
      from (select s.pid, s.tty_nr, s.comm_name, s.file, s.called_as, s.script, s.is_known, s.matches, s.launches as launched from scripted s) p
    ) p, wishes w
  ) p, wishes w
)`;
}
