import { readProcesses } from '../look/processes.ts';
import { TICKS_PER_SECOND } from '../model/process.ts';
import { NAMESPACE_KINDS, type NamespaceKind, type ProcessEntry } from '../model/process-entry.ts';
import { type Text, toText } from '../model/text.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { JOINED_BY, SESSION } from './session-columns.ts';

const STAT = '/proc/<pid>/stat';
const MS_PER_TICK = 1000 / TICKS_PER_SECOND;

type ProcessColumn = KernelColumn<ProcessEntry>;

const WHAT: Readonly<Record<NamespaceKind, string>> = {
  mnt: 'mount',
  net: 'network',
  pid: 'pid',
  user: 'user',
  uts: 'UTS (host name)',
  ipc: 'IPC',
  cgroup: 'cgroup',
  time: 'time',
};

const KEY: readonly ProcessColumn[] = [
  number('pid', 'its number', `${STAT}, field 1`, (it) => it.stat.pid),
  {
    name: 'start_time_ticks',
    type: 'u64',
    unit: 'clock ticks since boot',
    doc: 'when it started: with pid and boot_id, which process it is',
    source: `${STAT}, field 22`,
    value: (it) => it.stat.startTimeTicks,
  },
  {
    name: 'boot_id',
    type: 'word',
    unit: null,
    doc: 'the boot that both are counted in',
    source: '/proc/sys/kernel/random/boot_id',
    value: (it) => it.bootId,
  },
  {
    name: 'started_at',
    type: 'time',
    unit: null,
    doc: 'the same as a time of day, by the clock as it is set now; null where the age of the boot cannot be read',
    source: `${STAT}, field 22, and /proc/uptime`,
    value: (it) => it.startedAt,
  },
];

const PLACE: readonly ProcessColumn[] = [
  number(
    'ppid',
    'its parent; 0 for one whose parent is outside of our pid namespace, or that has none',
    `${STAT}, field 4`,
    (it) => it.stat.ppid,
  ),
  number('pgid', 'its process group', `${STAT}, field 5`, (it) => it.stat.pgid),
  number('sid', 'its kernel session (setsid(2))', `${STAT}, field 6`, (it) => it.stat.sid),
  {
    name: 'terminal',
    type: 'word',
    unit: null,
    doc: 'its controlling terminal: `pts/3`; null without one',
    source: `${STAT}, field 7`,
    value: (it) => it.terminal,
  },
  {
    name: 'terminal_dev',
    type: 'u64',
    unit: null,
    doc: 'the devpts instance that the terminal belongs to: containers have a pts/0 of their own; null without a pseudo-terminal, and where none of its descriptors is seen on it',
    source: '/proc/<pid>/fd; stat(2), st_dev',
    value: (it) => it.details.terminalDev,
  },
  {
    name: 'foreground',
    type: 'boolean',
    unit: null,
    doc: "whether it is in its terminal's foreground group; null without a terminal, and where the group is not known",
    source: `${STAT}, fields 5 and 8`,
    value: ({ stat }) => (stat.ttyNr === 0 || stat.tpgid <= 0 ? null : stat.tpgid === stat.pgid),
  },
];

const PROGRAM: readonly ProcessColumn[] = [
  {
    name: 'state',
    type: 'word',
    unit: null,
    doc: 'one letter: R running, S and D waiting, T and t stopped, Z ended and not reaped, I an idle kernel thread',
    source: `${STAT}, field 3`,
    value: (it) => it.stat.state,
  },
  text('comm', 'what it calls itself: at most 15 bytes', `${STAT}, field 2`, (it) => toText(it.stat.comm)),
  text(
    'argv',
    'its command line as words of a shell, everything in it that may be a secret as `redacted`; null for a kernel thread and a zombie',
    '/proc/<pid>/cmdline',
    (it) => it.argv,
  ),
  {
    ...text(
      'full_argv',
      'its command line with everything in it: passwords and tokens, too',
      '/proc/<pid>/cmdline',
      (it) => it.fullArgv,
    ),
    flag: '--argv',
  },
  text(
    'exe',
    'its program file, as its own mount namespace calls it; ` (deleted)` at the end may be a part of the name. Null for a kernel thread and a zombie, and where it may not be read',
    '/proc/<pid>/exe',
    (it) => it.details.exe && toText(it.details.exe),
  ),
  number(
    'uid',
    'the user whose rights it has (the effective one), in our user namespace',
    '/proc/<pid>; stat(2), st_uid',
    (it) => it.details.uid,
  ),
  text('cwd', 'its working directory, likewise', '/proc/<pid>/cwd', (it) => it.details.cwd && toText(it.details.cwd)),
];

const USAGE: readonly ProcessColumn[] = [
  {
    ...number(
      'cpu_ms',
      'CPU time of all its threads, those that have ended too, in steps of 10',
      `${STAT}, fields 14 and 15`,
      ({ times }) => {
        return times && (times.userTicks + times.systemTicks) * MS_PER_TICK;
      },
    ),
    unit: 'milliseconds',
  },
  {
    ...number(
      'user_cpu_ms',
      'of that, in its program',
      `${STAT}, field 14`,
      ({ times }) => times && times.userTicks * MS_PER_TICK,
    ),
    unit: 'milliseconds',
  },
  {
    ...number(
      'system_cpu_ms',
      'of that, in the kernel',
      `${STAT}, field 15`,
      ({ times }) => times && times.systemTicks * MS_PER_TICK,
    ),
    unit: 'milliseconds',
  },
  {
    ...number(
      'rss_bytes',
      'memory that it has in RAM, shared pages too',
      '/proc/<pid>/statm, field 2; /proc/self/auxv, AT_PAGESZ',
      (it) => it.rssBytes,
    ),
    unit: 'bytes',
  },
  number('threads', 'how many threads it has', `${STAT}, field 20`, (it) => it.stat.threadCount),
];

const CONTAINER: readonly ProcessColumn[] = [
  text(
    'cgroup',
    "its control group: of version 2, or of systemd's hierarchy, or of the first one in which it has one; `/` where it has none",
    '/proc/<pid>/cgroup',
    (it) => it.details.cgroup && toText(it.details.cgroup),
  ),
  text(
    'container_id',
    'the container that it is in, as the name of its control group says: 64 digits, or the name that systemd-nspawn and lxc give; null where that says none',
    '/proc/<pid>/cgroup',
    ({ details }) => details.container && toText(details.container.id),
  ),
  {
    name: 'container_runtime',
    type: 'word',
    unit: null,
    doc: 'docker, containerd, podman, cri-o, systemd-nspawn or lxc; kubernetes where the name only says that it is in a pod',
    source: '/proc/<pid>/cgroup',
    value: ({ details }) => details.container?.runtime ?? null,
  },
  text(
    'pod',
    "the pod of that container: kubernetes' uid of it, or podman's id; null where it is in none",
    '/proc/<pid>/cgroup',
    ({ details }) => (details.container?.pod ? toText(details.container.pod) : null),
  ),
  number(
    'inner_pid',
    'its number in its own pid namespace',
    '/proc/<pid>/ns/pid; status, NSpid',
    (it) => it.details.innerPid,
  ),
  ...NAMESPACE_KINDS.map(namespace),
];

/** Every process. */
export const PROCESSES = kernelRelation<ProcessEntry>({
  name: 'processes',
  row: 'a process',
  summary: 'every process, and the session that it counts to',
  doc:
    'Every process that /proc lists, kernel threads and zombies too. All of one row is of one process, however fast its number is given again. ' +
    'Each column is read only where it is asked for: those of the table come from one read a process.',
  needs:
    'nothing for what stands in stat, cmdline, status and cgroup; for exe, cwd, terminal_dev and the namespaces of other users root, or they are null and counted in the coverage; under hidepid other users are not seen at all',
  shown: ['pid', 'ppid', 'session', 'terminal', 'state', 'started_at', 'cpu_ms', 'rss_bytes', 'comm'],
  columns: [...KEY, ...PLACE, ...PROGRAM, ...USAGE, ...CONTAINER, SESSION, JOINED_BY],
  rows: readProcesses,
});

function number(name: string, doc: string, source: string, value: (it: ProcessEntry) => number | null): ProcessColumn {
  return { name, type: 'integer', unit: null, doc, source, value };
}

function text(name: string, doc: string, source: string, value: (it: ProcessEntry) => Text | null): ProcessColumn {
  return { name, type: 'text', unit: null, doc, source, value };
}

function namespace(kind: NamespaceKind): ProcessColumn {
  return {
    name: `${kind}_ns`,
    type: 'u64',
    unit: null,
    doc: `the inode of its ${WHAT[kind]} namespace; null where it may not be read; a zombie has only a pid and a user namespace`,
    source: `/proc/<pid>/ns/${kind}`,
    value: (it) => it.details.namespaces[kind] ?? null,
  };
}
