import type { TextColumn } from './text-form.ts';

/** A column of the view of sessions, with the expression that gives it. */
export type SeenColumn = readonly [...TextColumn, expression: string];

/** USER_HZ: a tick in nanoseconds. */
const TICK_NS = 10_000_000;

/** When something that is counted since boot was, as a time of day by the clock as it is set now. */
export function timeOfDaySql(boot_ns: string): string {
  return `r.observed_at - (r.boot_ns - ${boot_ns}) / 1000 * interval '1 microsecond'`;
}

/** 8 digits of a device, and 16 of an inode. */
function hexSql(digits: string, from: number, length: number): string {
  return `('x' || lpad(substr(${digits}, ${from}, ${length}), 16, '0'))::bit(64)::bigint::numeric(20)`;
}

/** The letter of proc_pid_stat(5): get_task_state() of fs/proc/array.c. */
export function stateSql(task: string): string {
  return `case
      when (${task}.exit_state & 32) <> 0 then 'Z' when (${task}.exit_state & 16) <> 0 then 'X'
      when (${task}.state & 64) <> 0 then 'P' when (${task}.state & 8) <> 0 then 't' when (${task}.state & 4) <> 0 then 'T'
      when (${task}.state & 1026) = 1026 then 'I' when (${task}.state & 36866) <> 0 then 'D'
      when (${task}.state & 1) <> 0 then 'S' else 'R' end`;
}

/** What is told of each home; of a home without an owner, what follows the reason is null. */
export function seenColumns(hostId: string, terminal: string, command: string): readonly SeenColumn[] {
  return [
    ['host_id', 'text', 'the machine', hostId],
    ['name', 'text', "the home's name", 'j.name'],
    ['home', 'text', "the home's path, as it was stored", 'j.path'],
    ['verdict', 'text', 'alive, ambiguous or unknown', 'j.verdict'],
    ['reason', 'text', 'who owns the home, or why that is not known', 'j.reason'],
    ['pid', 'bigint', 'the process that is the session; null where there is no single one', 't.pid::bigint'],
    [
      'start_time_ticks',
      'numeric(20)',
      'when the process started, in clock ticks since boot; with pid and boot_id it names the incarnation',
      `(t.start_ns / ${TICK_NS})::numeric(20)`,
    ],
    ['start_ns', 'bigint', 'the same in nanoseconds, by CLOCK_BOOTTIME', 't.start_ns'],
    ['boot_id', 'text', 'the boot that it belongs to', 'b.boot_id'],
    ['terminal', 'text', 'its controlling terminal, pts/3; null without one', terminal],
    [
      'terminal_dev',
      'numeric(20)',
      'st_dev of the devpts instance: host and container can both have a pts/0',
      't.tty_dev::numeric(20)',
    ],
    ['detached', 'boolean', 'alive without a controlling terminal', `coalesce(t.tty_nr = 0, false)`],
    [
      'foreground',
      'boolean',
      "whether it is in its terminal's foreground group; null where that is unknown",
      'case when t.tty_nr = 0 then false when t.tpgid > 0 then t.tpgid = t.pgid end',
    ],
    ['command', 'text', 'the command that it was recognised by, never its arguments', command],
    ['cwd_dev', 'numeric(20)', 'st_dev of its working directory, as the kernel has it', hexSql('t.cwd', 1, 8)],
    ['cwd_ino', 'numeric(20)', 'st_ino of its working directory', hexSql('t.cwd', 9, 16)],
    ['exe_dev', 'numeric(20)', 'st_dev of its program file, as the kernel has it', hexSql('t.exe', 1, 8)],
    ['exe_ino', 'numeric(20)', 'st_ino of its program file', hexSql('t.exe', 9, 16)],
    ['state', 'text', 'the letter of stat: R S D T t', `case when t.pid is not null then ${stateSql('t')} end`],
    ['started_at', 'timestamptz', 'when it started', timeOfDaySql('t.start_ns')],
    [
      'last_input_at',
      'timestamptz',
      'when what was typed in its terminal was last read; up to 8 s too early; null where that was not seen',
      'to_timestamp(t.tty_read_seconds)',
    ],
    [
      'last_output_at',
      'timestamptz',
      'when its terminal was last written to; up to 8 s too early; null where that was not seen',
      'to_timestamp(t.tty_written_seconds)',
    ],
    ['unread', 'bigint', 'bytes that were typed and not read', 't.unread'],
    ['uid', 'bigint', 'the user whose rights it has', 't.euid'],
    ['cpu_ms', 'bigint', 'CPU time of all its threads, in milliseconds', 't.cpu_ns / 1000000'],
    ['claimants', 'bigint', 'how many processes claim the home', 'coalesce(j.claimants, 0)'],
    ['observed_at', 'timestamptz', 'when the kernel was asked', 'r.observed_at'],
  ];
}
