import type { Terminal } from '../model/terminal.ts';
import { type Column, nested } from './column.ts';

/** What is told of a terminal. */
type Told = Pick<Terminal, 'name' | 'dev' | 'index'>;

const COLUMNS: readonly Column<Told>[] = [
  { name: 'name', type: 'word', unit: null, doc: '`pts/3`, `tty1`, `ttyS0`', value: (it) => it.name },
  {
    name: 'dev',
    type: 'u64',
    unit: null,
    doc: 'st_dev of its devpts instance: host and container can both have a pts/0; null where it could not be seen',
    value: (it) => it.dev,
  },
  {
    name: 'index',
    type: 'integer',
    unit: null,
    doc: 'N of `pts/N`; null for other terminals',
    value: (it) => it.index,
  },
];

/** The controlling terminal, as it stands in several relations. */
export function terminalColumn<Row extends { readonly terminal: Told | null }>(): Column<Row> {
  const doc = 'the controlling terminal; null where there is none';
  return nested({ name: 'terminal', type: 'object', unit: null, doc }, COLUMNS, (row: Row) => {
    return row.terminal && [row.terminal];
  });
}
