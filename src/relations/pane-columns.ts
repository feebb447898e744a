import type { Pane, PaneSight } from '../model/pane.ts';
import { type Text, toText } from '../model/text.ts';
import { type Column, nested } from './column.ts';

const COLUMNS: readonly Column<Pane>[] = [
  { name: 'multiplexer', type: 'word', unit: null, doc: '`tmux` or `screen`', value: (it) => it.multiplexer },
  {
    name: 'id',
    type: 'word',
    unit: null,
    doc: 'tmux: `%7`, given once in the life of its server; screen: the number of its only window, null where there are several',
    value: (it) => it.id,
  },
  {
    name: 'address',
    type: 'text',
    unit: null,
    doc: 'where a person finds it: `work:1.0`, `12345.work:0`; it changes when panes and windows are moved',
    value: (it) => it.address,
  },
  { name: 'server_pid', type: 'integer', unit: null, doc: 'the process of its server', value: (it) => it.server.pid },
  {
    name: 'socket',
    type: 'text',
    unit: null,
    doc: 'where the server listens: `tmux -S SOCKET`',
    value: (it) => toText(it.server.socket),
  },
];

const ADDRESS: readonly Column<Text>[] = [
  { name: 'address', type: 'text', unit: null, doc: 'as `address` of the pane', value: (it) => it },
];

/** The other places of a pane. */
export function alsoAtColumn<Row>(name: string, places: (row: Row) => readonly Text[] | null): Column<Row> {
  return nested({ name, type: 'list', unit: null, doc: 'where grouped sessions show it as well' }, ADDRESS, places);
}

/** The pane that shows a terminal, as it stands in several relations. */
export function paneColumn<Row extends { readonly pane: PaneSight | null }>(): Column<Row> {
  const doc = 'the pane that shows its terminal; null where none does, or that is not known';
  return nested({ name: 'pane', type: 'object', unit: null, doc }, COLUMNS, (row: Row) => {
    return row.pane?.kind === 'pane' ? [row.pane.pane] : null;
  });
}

/** Why no pane is told. */
export function paneAbsenceColumn<Row extends { readonly pane: PaneSight | null }>(): Column<Row> {
  return {
    name: 'no_pane_because',
    type: 'word',
    unit: null,
    doc: 'why `pane` is null: what holds the terminal instead, or why that is unknown; null where there is a pane, and without a terminal',
    value: (row) => (row.pane && row.pane.kind !== 'pane' ? row.pane.why : null),
  };
}
