import type { Session } from '../model/session.ts';
import type { Column, Relation } from './column.ts';
import { type Flat, flattened } from './flattened.ts';
import { alsoAtColumn } from './pane-columns.ts';
import { SESSIONS } from './sessions.ts';

/** The terminal of a row, in tables without objects: the two say together which one it is. */
export const FLAT_TERMINAL: readonly Flat[] = [
  { column: 'name', name: 'terminal' },
  { column: 'dev', name: 'terminal_dev' },
];

const FLAT_PANE: readonly Flat[] = [
  { column: 'id', name: 'pane' },
  { column: 'address', name: 'pane_address' },
  { column: 'multiplexer', name: 'pane_multiplexer' },
  { column: 'server_pid', name: 'pane_server_pid' },
  { column: 'socket', name: 'pane_socket' },
];

const ALSO_AT = alsoAtColumn<Session>('pane_also_at', ({ pane }) => (pane?.kind === 'pane' ? pane.pane.alsoAt : null));

/** Of an absence it has to be known whether it is one. */
const PANE_KNOWN: Column<Session> = {
  name: 'pane_known',
  type: 'boolean',
  unit: null,
  doc: 'whether it is known which pane shows its terminal, or that none does; null without a terminal',
  value: ({ pane }) => pane && pane.kind !== 'unknown',
};

/** The sessions as a table without objects has them: terminal and pane are several columns of the row. */
export const LIVE_SESSIONS: Relation<Session> = {
  ...SESSIONS,
  columns: SESSIONS.columns.flatMap((column): Column<Session>[] => {
    if (column.name === 'terminal') return flattened(column, FLAT_TERMINAL);
    if (column.name === 'no_pane_because') return [column, PANE_KNOWN];
    return column.name === 'pane' ? [...flattened(column, FLAT_PANE), ALSO_AT] : [column];
  }),
};
