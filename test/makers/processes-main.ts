import { PROCESSES } from '../../src/relations/processes.ts';
import { rowsOf } from './rows-of.ts';

// The program that runs as another user or in another namespace: it tells the relation of processes,
// with the columns that are its arguments.
globalThis.process.stdout.write(`${JSON.stringify(await rowsOf(PROCESSES, {}, globalThis.process.argv.slice(2)))}\n`);
