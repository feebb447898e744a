import { PF } from '../../model/process.ts';
import { quoteLiteral } from '../../registry/identifiers.ts';
import type { Names } from '../names.ts';
import { KEY_DIGITS, LEVEL_DIGITS, LINE_KIND, VERDICT_BIT } from './text-form.ts';

/** What a reading of the kernel is asked with. */
export interface LookPlan {
  readonly names: Names;
  readonly hostId: string;
  /** The pid namespace whose numbers are told. */
  readonly pidNamespace: bigint;
}

/** EXIT_ZOMBIE and EXIT_DEAD of the kernel. */
const EXITED = 0x30;

/** Whether no thread of it lives: the contrary of `isLive` of src/model/process.ts. */
export function endedSql(task: string): string {
  return `((${task}.exit_state & ${EXITED}) <> 0 and ${task}.threads <= 1)`;
}

/** Whether it has ended or is being torn down: `isEnding` there. */
function endingSql(task: string): string {
  return `(${endedSql(task)} or ${task}.threads < 2 and (${task}.flags & ${PF.EXITING}) <> 0)`;
}

/** Whether both are on one terminal: `shareTerminal` of src/identity/ancestry.ts. */
export function shareSql(a: string, b: string): string {
  return `(${a}.tty_nr = ${b}.tty_nr and (${a}.tty_nr = 0 or ${a}.sid = ${b}.sid))`;
}

/** Which are read, each once: the processes, whether that is all of them, what is configured, the homes. */
export function readingSql({ names, hostId }: LookPlan): string {
  const host = quoteLiteral(hostId);
  return `tasks as materialized (
  select kind, ${TOLD_AT}, number, pid, start_ns, ppid, pgid, sid, coalesce(tpgid, 0) as tpgid, tty_nr, tty_dev, state, exit_state, flags,
    threads, uid, euid, coalesce(comm, '') as comm, exe, exe_name, pid_ns, cpu_ns, tty_read_seconds, tty_written_seconds,
    unread, cwd_links, coalesce(verdict, 0) as verdict, cwd
  from ${names.within('tasks')}
),
${wholeSql(names)},
rules as materialized (
  select commands, shells, is_terminal_optional from ${names.within('rules_now')}()
),
homes as materialized (
  select h.name, h.path, h.level, h.generation, case
      when h.problem is not null then h.problem
      when h.boot_id is distinct from (select b.boot_id::uuid from ${names.within('boot')} b)
        then 'it was stored in another boot (plumb homes --store)'
      when h.level is null then 'its file system does not let it be compared'
    end as problem
  from plumbline.homes h where h.host_id = ${host}
)`;
}

/** The clock when the header was read, which says when the kernel began: both together turn times since boot into times of day. */
export const TOLD_AT = `case when kind = ${LINE_KIND.header} then clock_timestamp() end as told_at`;

/** Whether that is all that there is (else an error), and when it was. */
export function wholeSql(names: Names): string {
  const only = (kind: keyof typeof LINE_KIND) => `filter (where kind = ${LINE_KIND[kind]})`;
  return `reading as materialized (
  select ${names.within('check_reading')}('tasks', count(*) ${only('header')}, max(number) ${only('header')}, max(pid_ns) ${only('header')},
      count(*) ${only('task')}, count(*) ${only('end')}, max(number) ${only('end')}) as is_whole,
    max(start_ns) ${only('header')} as boot_ns, max(told_at) as observed_at
  from tasks
)`;
}

/**
 * Where the processes are. Of two thousand processes most have one of a few working directories, so each chain is looked at
 * once: the nearest home up the chain, and how far up it lies (src/identity/home-of.ts).
 */
export function placesSql(): string {
  return `chains as materialized (
  select cwd, generate_series(0, length(cwd) / ${LEVEL_DIGITS} - 1) as levels_up
  from (select distinct cwd from tasks where kind = ${LINE_KIND.task} and cwd is not null and (flags & ${PF.KTHREAD}) = 0) t
),
levels as materialized (
  select c.cwd, c.levels_up, h.name as home,
    h.generation is distinct from null and h.generation <> ('x' || substr(c.cwd, c.levels_up * ${LEVEL_DIGITS} + ${KEY_DIGITS + 1}, ${LEVEL_DIGITS - KEY_DIGITS}))::bit(32)::bigint as is_other
  from chains c
  join homes h on h.problem is null and h.level = substr(c.cwd, c.levels_up * ${LEVEL_DIGITS} + 1, ${KEY_DIGITS})
),
places as materialized (
  select distinct on (cwd) cwd, levels_up, home, is_other from levels order by cwd, levels_up
),
remade as materialized (
  -- The number of a home's directory was given to another one: which processes are in the home is not known.
  select distinct home from levels where cwd in (select cwd from levels where is_other)
)`;
}

/**
 * The processes that may matter: those in homes, and those of which it is not known where they are. `trouble` is why not, and
 * `role` why one is no session whatever its program.
 */
export function suspectsSql(): string {
  const { sound, cut, covered } = VERDICT_BIT;
  return `suspects as materialized (
  select t.pid, t.start_ns, t.ppid, t.pgid, t.sid, t.tpgid, t.tty_nr, t.cwd_links, t.exe, t.home, t.levels_up, t.trouble,
    t.comm, t.exe_name,
    case
      when ${endedSql('t')} then 'zombie'
      when t.is_ending then 'dying'
      when (t.flags & ${PF.FORKNOEXEC}) <> 0 and parent.comm = t.comm and parent.sid = t.sid then 'forked'
    end as role
  from (
    select t.*, p.home, p.levels_up, ${endingSql('t')} as is_ending,
      case
        when (t.verdict & ${sound}) = 0 then 'changing'
        when t.cwd is null then 'nowhere'
        when (t.verdict & ${covered}) <> 0 and p.levels_up is distinct from 0 then 'covered'
        when (t.verdict & ${cut}) <> 0 and p.cwd is null then 'cut'
      end as trouble
    from tasks t left join places p on p.cwd = t.cwd
    where t.kind = ${LINE_KIND.task} and t.pid > 0 and (t.flags & ${PF.KTHREAD}) = 0
  ) t
  left join tasks parent on parent.pid = t.ppid and t.ppid > 0 and (t.flags & ${PF.FORKNOEXEC}) <> 0
  where (t.home is not null and t.trouble is distinct from 'changing') or (t.trouble is not null and not t.is_ending)
)`;
}
