import type { Column } from './column.ts';

/** What a row keeps of its session, now and in the history. */
interface Kept {
  readonly bootId: string | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly home: string | null;
  readonly command: string | null;
}

/** The boot of a row, as it stands in several relations. */
export const BOOT_ID: Column<Pick<Kept, 'bootId'>> = {
  name: 'boot_id',
  type: 'word',
  unit: null,
  doc: 'the boot that it belongs to',
  value: (it) => it.bootId,
};

/** The terminal of a row, by its name alone. */
export const TERMINAL: Column<Kept> = {
  name: 'terminal',
  type: 'word',
  unit: null,
  doc: '`pts/3`; null without one',
  value: (it) => it.terminal,
};

/** The pane of a row. */
export const PANE: Column<Kept> = {
  name: 'pane',
  type: 'word',
  unit: null,
  doc: '`work:1.0 %7` in tmux, `12345.work:0` in screen; null where none shows it, and until that is known',
  value: (it) => it.pane,
};

/** The home of a row. */
export const HOME: Column<Kept> = {
  name: 'home',
  type: 'word',
  unit: null,
  doc: 'the home that the process is in; null while it is outside of it',
  value: (it) => it.home,
};

/** The command of a row. */
export const COMMAND: Column<Kept> = {
  name: 'command',
  type: 'word',
  unit: null,
  doc: 'the command that it was recognised by',
  value: (it) => it.command,
};
