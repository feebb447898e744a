import type { SeenPane } from '../model/seen-pane.ts';
import type { Relation } from './column.ts';
import { flattened } from './flattened.ts';
import { FLAT_TERMINAL } from './live-sessions.ts';
import { PANES } from './panes.ts';

/** The panes as a table without objects has them. */
export const LIVE_PANES: Relation<SeenPane> = {
  ...PANES,
  columns: PANES.columns.flatMap((column) => {
    return column.name === 'terminal' ? flattened(column, FLAT_TERMINAL) : [column];
  }),
};
