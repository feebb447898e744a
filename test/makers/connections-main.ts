import { MachineLook } from '../../src/look/machine-look.ts';
import { CONNECTIONS } from '../../src/relations/connections.ts';
import { toWire } from '../../src/relations/wire.ts';

// The program that a test runs as another user: all connections, and what was not seen of them.
const look = await MachineLook.open({});
const rows = await CONNECTIONS.rows(look, { sessions: null, wants: () => true, options: {} });
// The relation was checked with its rows where it was described; only their type is forgotten since.
const connections = rows.map((row) => toWire(CONNECTIONS, row as never));
globalThis.process.stdout.write(`${JSON.stringify({ connections, coverage: look.coverage() })}\n`);
