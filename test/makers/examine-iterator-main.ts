import { examineIterator } from '../../src/doctor/iterator.ts';
import { liveMachine } from '../../src/kernel/machine.ts';

// What doctor says of the iterator, alone: to all the rest it takes long where there are many processes.
globalThis.process.stdout.write(`${JSON.stringify(await examineIterator(liveMachine()))}\n`);
