// Writes one plan after another: all rows of a host say `odd`, then all say `even`, and so on. Whoever kills it at any
// moment must find the rows all alike. One line a plan that was written.
//   registry-writer.mjs {"url": …} | {"directory": …, "fill": true to write until the disk is full}
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { openRegistry } from '../../dist/index.js';

const HOST_ID = 'writer';
const ROWS = 200;
const { fill = false, ...place } = JSON.parse(argv[2]);
const registry = await openRegistry(place);
for (let round = 1; ; round++) {
  await registry.exclusively(HOST_ID, async () => {
    const { rows } = await registry.read(HOST_ID);
    await registry.apply(planOf(rows, `${round % 2 === 0 ? 'even' : 'odd'}${fill ? ` ${'x'.repeat(500)}` : ''}`));
  });
  writeSync(1, `${round}\n`);
}

function planOf(rows, command) {
  const now = new Date();
  const host = { hostId: HOST_ID, bootId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff', observedAt: now };
  const stored = new Map(rows.map((row) => [row.name, row]));
  const changes = Array.from({ length: ROWS }, (_, index) => {
    const name = `session-${index}`;
    const after = {
      name,
      home: '/h',
      homeId: null,
      bootId: host.bootId,
      pid: 100 + index,
      startTimeTicks: 7n,
      exe: null,
      terminal: 'pts/1',
      pane: null,
      status: 'alive',
      cwd: '/h',
      command,
      startedAt: now,
      observedAt: now,
      endedAt: null,
      evidence: [],
    };
    return { name, before: stored.get(name) ?? null, after, fields: [], events: [{ kind: 'started', of: after }] };
  });
  const record = { ...host, pidNamespace: 1n, timeNamespace: 1n, machineUuid: null };
  return { hostId: HOST_ID, changes, held: [], kept: [], ambiguous: [], unchanged: [], host: record };
}
