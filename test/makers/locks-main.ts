import { MachineLook } from '../../src/look/machine-look.ts';
import { LOCKS } from '../../src/relations/locks.ts';
import { lockRows } from './lock-rows.ts';

// The program that tells the locks as another user or in another namespace sees them.
const look = await MachineLook.open({ homes: [] });
const rows = await lockRows(look, {});
globalThis.process.stdout.write(JSON.stringify({ name: LOCKS.name, rows, coverage: look.coverage() }));
