import type { SeenPane, SeenServer } from '../model/seen-pane.ts';
import { type Text, toText } from '../model/text.ts';
import { type Column, nested, type Relation } from './column.ts';
import { alsoAtColumn } from './pane-columns.ts';
import { terminalColumn } from './terminal-columns.ts';

const NAME: readonly Column<Text>[] = [
  { name: 'name', type: 'text', unit: null, doc: "the session's name", value: (it) => it },
];

/** Every pane of every multiplexer within sight. */
export const PANES: Relation<SeenPane> = {
  name: 'panes',
  doc: 'One row a pane: what `plumb panes` tells.',
  columns: [
    { name: 'multiplexer', type: 'word', unit: null, doc: '`tmux` or `screen`', value: (it) => it.pane.multiplexer },
    { name: 'server_pid', type: 'integer', unit: null, doc: 'its server', value: (it) => it.pane.server.pid },
    {
      name: 'socket',
      type: 'text',
      unit: null,
      doc: 'where the server listens',
      value: (it) => toText(it.pane.server.socket),
    },
    {
      name: 'id',
      type: 'word',
      unit: null,
      doc: 'tmux: `%7`; screen: the number of the only window, null where there are several',
      value: (it) => it.pane.id,
    },
    {
      name: 'address',
      type: 'text',
      unit: null,
      doc: 'where a person finds it: `work:1.0`, `12345.work:0`',
      value: (it) => it.pane.address,
    },
    alsoAtColumn('also_at', (it: SeenPane) => it.pane.alsoAt),
    {
      name: 'title',
      type: 'text',
      unit: null,
      doc: "the window's name; null where the window is not known",
      value: (it) => it.title,
    },
    terminalColumn(),
    {
      name: 'dead',
      type: 'boolean',
      unit: null,
      doc: 'its program has ended, and it is kept',
      value: (it) => it.dead,
    },
    {
      name: 'obstacles',
      type: 'words',
      unit: null,
      doc: 'what stands in the way of what is typed: copy mode, input off, synchronized panes',
      value: (it) => it.obstacles,
    },
    nested(
      { name: 'sessions', type: 'list', unit: null, doc: 'the sessions in it; empty without homes' },
      NAME,
      (it: SeenPane) => it.sessions,
    ),
    {
      name: 'command',
      type: 'text',
      unit: null,
      doc: 'what the process in the foreground calls itself; null where none is seen',
      value: (it) => it.foreground?.command ?? null,
    },
    {
      name: 'pid',
      type: 'integer',
      unit: null,
      doc: 'that process',
      value: (it) => it.foreground?.pid ?? null,
    },
  ],
};

/** The servers of multiplexers within sight. */
export const PANE_SERVERS: Relation<SeenServer> = {
  name: 'servers',
  doc: 'One row a server of a multiplexer, and whether it has told its panes to `plumb panes`.',
  columns: [
    { name: 'multiplexer', type: 'word', unit: null, doc: '`tmux` or `screen`', value: (it) => it.multiplexer },
    { name: 'pid', type: 'integer', unit: null, doc: 'its process', value: (it) => it.pid },
    {
      name: 'socket',
      type: 'text',
      unit: null,
      doc: 'where it listens; null where that may not be seen',
      value: (it) => it.socket,
    },
    {
      name: 'unlisted_because',
      type: 'word',
      unit: null,
      doc: 'why its panes are not told; null where they are',
      value: (it) => it.unlistedBecause,
    },
  ],
};
