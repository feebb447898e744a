import { readTerminals } from '../look/terminals.ts';
import type { ProcessStat } from '../model/process.ts';
import type { MasterHolder, TerminalEntry } from '../model/terminal-entry.ts';
import { type Text, toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';
import { type KernelColumn, kernelRelation } from './kernel-relation.ts';
import { ALL_SESSIONS, JOINED_BY, SESSION } from './session-columns.ts';

const STAT = '/proc/<pid>/stat';
const FDINFO = '/proc/<pid>/fdinfo/<fd>, tty-index';

type TerminalColumn = KernelColumn<TerminalEntry>;

const IDENTITY: readonly TerminalColumn[] = [
  {
    name: 'name',
    type: 'word',
    unit: null,
    doc: '`pts/3`, `tty1`, `ttyS0`',
    source: `/dev/pts; ${STAT}, field 7; ${FDINFO}`,
    value: (it) => it.terminal.name,
  },
  number('index', 'N of `pts/N`; null for another kind', `/dev/pts; ${STAT}, field 7`, (it) => it.terminal.index),
  {
    name: 'dev',
    type: 'u64',
    unit: null,
    doc: 'the devpts instance, which with the index says which terminal it is: containers have a pts/0 of their own. Null for another kind, and where it may not be seen: then one of another row can be the same',
    source: 'stat(2), st_dev',
    value: (it) => it.terminal.dev,
  },
];

const HOLDER: readonly Column<MasterHolder>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'its number', value: (it) => it.pid },
  {
    name: 'start_time_ticks',
    type: 'u64',
    unit: 'clock ticks since boot',
    doc: 'when it started',
    value: (it) => it.startTimeTicks,
  },
  { name: 'command', type: 'text', unit: null, doc: 'what it calls itself', value: (it) => it.name },
];

const HOLDERS: readonly TerminalColumn[] = [
  number(
    'holder_pid',
    'the process that has opened it and holds its master: a multiplexer, sshd, a terminal window; null where none is seen, or several that have it not from each other',
    FDINFO,
    (it) => it.holder?.pid ?? null,
  ),
  text('holder_comm', 'what that calls itself', `${STAT}, field 2`, (it) => it.holder?.name ?? null),
  {
    ...nested(
      {
        name: 'holders',
        type: 'list',
        unit: null,
        doc: 'every process that has its master open, heirs too, as far as that may be seen; null where nobody was seen with it',
      },
      HOLDER,
      (it: TerminalEntry) => it.holders,
    ),
    source: FDINFO,
  },
];

const PROCESSES_ON_IT: readonly TerminalColumn[] = [
  number(
    'leader_pid',
    'the leader of the kernel session that it is the controlling terminal of; null where no process is on it, or none is seen',
    `${STAT}, field 6`,
    (it) => it.leader?.pid ?? null,
  ),
  text('leader_comm', 'what that calls itself', `${STAT}, field 2`, (it) => comm(it.leader)),
  number(
    'foreground_pgid',
    'the process group that gets what is typed; null likewise',
    `${STAT}, field 8`,
    (it) => it.foregroundGroup,
  ),
  number(
    'foreground_pid',
    "that group's leader, or its lowest number where that has ended",
    `${STAT}, fields 5 and 8`,
    (it) => it.foreground?.pid ?? null,
  ),
  text('foreground_comm', 'what that calls itself', `${STAT}, field 2`, (it) => comm(it.foreground)),
];

const USE: readonly TerminalColumn[] = [
  {
    name: 'last_input_at',
    type: 'time',
    unit: null,
    doc: 'when a program last read what was typed, up to 8 seconds too early: the kernel does not tell it finer. What is typed and not read does not count. Null where it may not be seen',
    source: 'stat(2), st_atime',
    value: (it) => it.times?.lastInputAt ?? null,
  },
  {
    name: 'last_output_at',
    type: 'time',
    unit: null,
    doc: 'when a program last wrote to it, likewise',
    source: 'stat(2), st_mtime',
    value: (it) => it.times?.lastOutputAt ?? null,
  },
  {
    ...number(
      'unread_bytes',
      'typed and not read; while it is canonical an unfinished line does not count. Null where no process has it open, where it may not be opened, and without koffi',
      'ioctl_tty(2), FIONREAD',
      (it) => it.queue.unreadBytes,
    ),
    unit: 'bytes',
  },
  flag(
    'canonical',
    'it hands over whole lines; a full-screen program has switched that off. Null likewise',
    (it) => it.queue.mode?.canonical,
  ),
  flag('echo', 'it shows what is typed. Null likewise', (it) => it.queue.mode?.echo),
  flag('isig', 'Ctrl-C and Ctrl-Z send signals. Null likewise', (it) => it.queue.mode?.isig),
  {
    ...text(
      'pane',
      "the multiplexer's pane that shows it: `work:1.0 %7`; it runs a client of each server. Null where none shows it, and where that is not known",
      'tmux list-panes, screen -Q windows',
      (it) => it.pane,
    ),
    flag: '--panes',
  },
];

/** Every terminal. */
export const TERMINALS = kernelRelation<TerminalEntry>({
  name: 'terminals',
  row: 'a terminal',
  summary: 'every terminal, who is on it, and the session that it shows',
  doc:
    'Every pseudo-terminal: of /dev/pts, and of other devpts instances those that processes are on or whose master is held; and the consoles and lines that processes are on. ' +
    'One that was hung up is none any more, though programs may still have it open.',
  needs:
    'nothing to list them; to see who holds those of other users, in which instance theirs are and what waits in them, root, or those columns are null and the processes counted in the coverage',
  shown: [
    'name',
    'session',
    'holder_pid',
    'holder_comm',
    'foreground_pid',
    'foreground_comm',
    'last_input_at',
    'last_output_at',
  ],
  columns: [...IDENTITY, ...HOLDERS, ...PROCESSES_ON_IT, ...USE, ALL_SESSIONS, SESSION, JOINED_BY],
  rows: readTerminals,
});

function comm(stat: ProcessStat | null): Text | null {
  return stat && toText(stat.comm);
}

function number(
  name: string,
  doc: string,
  source: string,
  value: (it: TerminalEntry) => number | null,
): TerminalColumn {
  return { name, type: 'integer', unit: null, doc, source, value };
}

function text(name: string, doc: string, source: string, value: (it: TerminalEntry) => Text | null): TerminalColumn {
  return { name, type: 'text', unit: null, doc, source, value };
}

function flag(name: string, doc: string, value: (it: TerminalEntry) => boolean | undefined): TerminalColumn {
  return { name, type: 'boolean', unit: null, doc, source: 'termios(3), c_lflag', value: (it) => value(it) ?? null };
}
