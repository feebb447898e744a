import { TERMINALS } from '../../src/relations/terminals.ts';
import { rowsOf } from './rows-of.ts';

// The program that runs as another user: it tells the relation of terminals, without their panes.
const columns = TERMINALS.columns.map(({ name }) => name).filter((name) => name !== 'pane');
globalThis.process.stdout.write(`${JSON.stringify(await rowsOf(TERMINALS, {}, columns))}\n`);
