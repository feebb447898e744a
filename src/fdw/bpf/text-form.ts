/** A column of a text form that the kernel writes, in its order. */
export type TextColumn = readonly [name: string, type: string, comment: string];

/** What the first field of a line says: what the line is. */
export const LINE_KIND = { header: 0, task: 1, end: 2 } as const;

/** The layout that the headers have to name. */
export const LAYOUT = 1;

/** Characters of one directory of a chain: 8 of the device, 16 of the inode, 8 of its generation. */
export const LEVEL_DIGITS = 32;

/** Those of them that say which directory it is. */
export const KEY_DIGITS = 24;

/** The bits of a row's verdict (enum verdict in bpf/record.h). */
export const VERDICT_BIT = { sound: 1, cut: 2, covered: 4 } as const;

const LINE: readonly TextColumn[] = [
  ['kind', 'smallint', '0 the header, 1 a process, 2 the end'],
  ['number', 'bigint', 'of the header the layout; of the end how many processes there were, null where that was lost'],
  ['pid', 'integer', 'as the namespace of the reader counts'],
  ['start_ns', 'bigint', 'when it started, by CLOCK_BOOTTIME; of the header and the end: now'],
];

/** Every process (bpf/sessions.bpf.c). Text is hexadecimal digits of bytes. */
export const TASKS: readonly TextColumn[] = [
  ...LINE,
  ['pidfs_ino', 'bigint', 'the inode of a pidfd of it; null before Linux 6.9'],
  ['ppid', 'integer', 'its parent; 0 for one outside of the namespace'],
  ['pgid', 'integer', 'its process group'],
  ['sid', 'integer', 'its kernel session'],
  ['tpgid', 'integer', 'the group in the foreground of its terminal; null without one'],
  ['tty_nr', 'bigint', 'the device number of its terminal; 0 without one'],
  ['tty_dev', 'bigint', 'st_dev of the devpts instance'],
  ['state', 'bigint', 'the bits of the kernel'],
  ['exit_state', 'bigint', 'likewise'],
  ['flags', 'bigint', 'PF_* of the kernel'],
  ['threads', 'integer', 'how many threads it has'],
  ['uid', 'bigint', 'its real user, as the first user namespace counts'],
  ['euid', 'bigint', 'the user whose rights it has'],
  ['comm', 'text', 'what it calls itself'],
  ['exe', 'text', 'the program file: 8 digits of the device, 16 of the inode'],
  ['exe_name', 'text', 'the name of that file; null where it has more than 64 bytes'],
  ['mnt_ns', 'bigint', 'its mount namespace'],
  ['net_ns', 'bigint', 'its network namespace'],
  ['pid_ns', 'bigint', 'its pid namespace; of the header: of the reader'],
  ['user_ns', 'bigint', 'its user namespace; of the header: of the reader'],
  ['uts_ns', 'bigint', 'its UTS namespace'],
  ['ipc_ns', 'bigint', 'its IPC namespace'],
  ['cgroup_ns', 'bigint', 'its cgroup namespace'],
  ['time_ns', 'bigint', 'its time namespace'],
  ['cgroup_id', 'bigint', 'its control group in the default hierarchy'],
  ['cpu_ns', 'bigint', 'CPU time of all its threads'],
  ['tty_read_seconds', 'bigint', 'st_atime of its terminal'],
  ['tty_written_seconds', 'bigint', 'st_mtime of its terminal'],
  ['unread', 'bigint', 'bytes typed and not read'],
  ['lflag', 'bigint', 'c_lflag of its terminal'],
  ['cwd_links', 'bigint', 'the links of its working directory; 0 for one that was deleted'],
  [
    'verdict',
    'smallint',
    '1 it did not change while it was read, 2 the chain ends too early, 4 something is mounted on it',
  ],
  ['levels', 'integer', 'how many directories the chain has'],
  ['cwd', 'text', 'the chain from the working directory to the root, 32 digits each'],
];

/** The command lines of those that may be sessions. */
export const ARGUMENTS: readonly TextColumn[] = [
  ...LINE,
  ['exe', 'text', 'the program file, as in tasks'],
  ['whole', 'smallint', '1 where all of it is here'],
  ['argv', 'text', 'as in /proc/<pid>/cmdline: each argument ends with 00'],
];
