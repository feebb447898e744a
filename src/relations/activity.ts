import type { ChildFacts, ToldActivity } from '../model/activity.ts';
import type { Outcome } from '../model/outcome.ts';
import type { TerminalMode } from '../model/terminal.ts';
import { type Column, nested, type Relation } from './column.ts';
import { evidenceColumn } from './evidence-columns.ts';

const MODE: readonly Column<TerminalMode>[] = [
  {
    name: 'canonical',
    type: 'boolean',
    unit: null,
    doc: 'it hands over whole lines; a full-screen program has switched that off',
    value: (it) => it.canonical,
  },
  { name: 'echo', type: 'boolean', unit: null, doc: 'it shows what is typed', value: (it) => it.echo },
  { name: 'isig', type: 'boolean', unit: null, doc: 'Ctrl-C and Ctrl-Z send signals', value: (it) => it.isig },
];

const CHILD: readonly Column<ChildFacts>[] = [
  { name: 'pid', type: 'integer', unit: null, doc: 'the process id', value: (it) => it.pid },
  { name: 'command', type: 'text', unit: null, doc: 'its comm', value: (it) => it.command },
  { name: 'started_at', type: 'time', unit: null, doc: 'when it started', value: (it) => it.startedAt },
  { name: 'cpu_ns', type: 'u64', unit: 'nanoseconds', doc: 'CPU time in the window', value: (it) => it.cpuNs },
];

/** What a session seems to be doing: an inference, with what it was inferred from. */
export const ACTIVITY: Relation<ToldActivity> = {
  name: 'sessions[].activity',
  doc: 'Of `show` alone: what the session seems to be doing, as one look for a moment lets us infer (docs/activity.md). Null where no single process is the session.',
  columns: [
    {
      name: 'state',
      type: 'word',
      unit: null,
      doc: 'an inference: busy, idle, waiting_for_input, stopped or unknown',
      value: (it) => it.state,
    },
    { name: 'reason', type: 'word', unit: null, doc: 'why, in one sentence', value: (it) => it.reason },
    {
      name: 'idle_seconds',
      type: 'integer',
      unit: 'seconds',
      doc: 'since the last input or output, whichever is later; up to 8 too many; null where that was not seen',
      value: (it) => it.idleSeconds,
    },
    {
      name: 'window_ms',
      type: 'integer',
      unit: 'milliseconds',
      doc: 'for how long it was looked at; null, as all that follows, where it could not be',
      value: (it) => it.facts && Math.round(it.facts.windowMs),
    },
    {
      name: 'terminal_writes',
      type: 'integer',
      unit: null,
      doc: 'how often its terminal was written to in the window; null without a terminal and where that was not seen',
      value: (it) => seen(it.facts?.terminal?.writes),
    },
    {
      name: 'unread_bytes',
      type: 'integer',
      unit: 'bytes',
      doc: 'typed and not read; null without a terminal and where that was not seen',
      value: (it) => seen(it.facts?.terminal?.unreadBytes),
    },
    nested(
      { name: 'mode', type: 'object', unit: null, doc: 'how its terminal treats what is typed; null likewise' },
      MODE,
      (it: ToldActivity) => {
        const mode = seen(it.facts?.terminal?.mode);
        return mode && [mode];
      },
    ),
    {
      name: 'cpu_ns',
      type: 'u64',
      unit: 'nanoseconds',
      doc: 'CPU time in the window, all threads together; null where that was not seen',
      value: (it) => seen(it.facts?.cpuNs),
    },
    {
      name: 'bytes_read',
      type: 'u64',
      unit: 'bytes',
      doc: 'read with read(2) in the window, from wherever; null where that was not seen',
      value: (it) => seen(it.facts?.bytesRead),
    },
    {
      name: 'waiting',
      type: 'word',
      unit: null,
      doc: 'its first thread: running, reading_terminal or elsewhere; null where that was not seen',
      value: (it) => seen(it.facts?.waiting),
    },
    {
      name: 'frozen',
      type: 'boolean',
      unit: null,
      doc: 'whether its control group is frozen; null where that was not seen',
      value: (it) => seen(it.facts?.frozen),
    },
    nested(
      {
        name: 'children',
        type: 'list',
        unit: null,
        doc: 'the living processes below it; null where they were not seen',
      },
      CHILD,
      (it: ToldActivity) => seen(it.facts?.children),
    ),
    evidenceColumn('the facts behind it'),
  ],
};

function seen<T>(outcome: Outcome<T> | null | undefined): T | null {
  return outcome?.kind === 'value' ? outcome.value : null;
}
