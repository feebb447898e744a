import { quoteLiteral } from '../../registry/identifiers.ts';
import { type LookPlan, wholeSql } from './reading-sql.ts';
import { type SeenColumn, stateSql, timeOfDaySql } from './session-columns.ts';
import { bytesSql, textSql } from './sql-values.ts';
import { LINE_KIND, TASKS } from './text-form.ts';

/** The namespaces that are told under their names in `plumb processes`. */
const NAMESPACES = ['mnt', 'net', 'pid', 'user', 'uts', 'ipc', 'cgroup', 'time'];

/** What is told of each process, by the names of the relation `processes` where they mean the same. */
export function processColumns({ names, hostId }: LookPlan): readonly SeenColumn[] {
  const said = new Map(TASKS.map(([name, , comment]) => [name, comment]));
  const plain = (name: string): SeenColumn => [name, 'bigint', said.get(name) ?? '', `t.${name}::bigint`];
  const text = (hex: string) => textSql(names, bytesSql(hex));
  return [
    ['host_id', 'text', 'the machine', quoteLiteral(hostId)],
    plain('pid'),
    [
      'start_time_ticks',
      'numeric(20)',
      'when it started, in clock ticks since boot',
      '(t.start_ns / 10000000)::numeric(20)',
    ],
    ['start_ns', 'bigint', 'the same in nanoseconds, by CLOCK_BOOTTIME', 't.start_ns'],
    plain('pidfs_ino'),
    ['started_at', 'timestamptz', 'the same as a time of day', timeOfDaySql('t.start_ns')],
    plain('ppid'),
    plain('pgid'),
    plain('sid'),
    [
      'terminal',
      'text',
      'its controlling terminal, pts/3; null without one',
      `case
        when t.tty_nr = 0 then null
        when ((t.tty_nr >> 8) & 4095) = 136 then 'pts/' || ((t.tty_nr & 255) | ((t.tty_nr >> 12) & 1048320))
        else ${names.within('terminal_name')}(t.tty_nr) end`,
    ],
    ['terminal_dev', 'numeric(20)', 'st_dev of the devpts instance', 't.tty_dev::numeric(20)'],
    [
      'foreground',
      'boolean',
      "whether it is in its terminal's foreground group; null without a terminal, and where the group is not known",
      'case when t.tty_nr <> 0 and t.tpgid > 0 then t.tpgid = t.pgid end',
    ],
    ['state', 'text', 'the letter of stat: R S D T t Z X I P', stateSql('t')],
    ['flags', 'bigint', 'PF_* of the kernel', 't.flags'],
    ['comm', 'text', 'what it calls itself: at most 15 bytes', text(`coalesce(t.comm, '')`)],
    ['exe_name', 'text', 'the name of its program file; null where it has more than 64 bytes', text('t.exe_name')],
    ['uid', 'bigint', 'the user whose rights it has, as the first user namespace counts', 't.euid'],
    ['cpu_ms', 'bigint', 'CPU time of all its threads, in milliseconds', 't.cpu_ns / 1000000'],
    plain('threads'),
    ...NAMESPACES.map((kind) => plain(`${kind}_ns`)),
    plain('cgroup_id'),
    ['is_sound', 'boolean', 'whether it did not change while it was read', '(coalesce(t.verdict, 0) & 1) <> 0'],
    ['observed_at', 'timestamptz', 'when the kernel was asked', 'r.observed_at'],
  ];
}

/**
 * All of a reading, or an error: `offset 0` keeps what is asked of the view from being asked of the rows first, and what they
 * depend on is asked before any of them. So whether the reading is whole is known also where there is no row, where few are wanted,
 * and where a condition holds for none.
 */
export function processesSql(plan: LookPlan): string {
  const { names } = plan;
  const columns = processColumns(plan).map(([name, type, , expression]) => `(${expression})::${type} as ${name}`);
  return `with tasks as materialized (select * from ${names.within('tasks_told')}()),
${wholeSql(names)}
select ${columns.join(', ')}
from reading r cross join lateral (select * from tasks where kind = ${LINE_KIND.task} and r.is_whole offset 0) t`;
}
