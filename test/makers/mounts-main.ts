import type { ObserveOptions } from '../../src/observe.ts';
import { mountRows } from './mount-rows.ts';

// The same look, by a process of its own: as another user, or in another root.
const options = JSON.parse(globalThis.process.argv[2] ?? '{}') as ObserveOptions;
globalThis.process.stdout.write(`${JSON.stringify(await mountRows(options))}\n`);
