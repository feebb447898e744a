// One run of the bet, as the first program in its control groups: `run-main ORDER`.
import fs from 'node:fs';
import { liveThrough } from './one-run.ts';
import type { RunOrder } from './run-order.ts';

const { run, cgroups, entries, plumb, result } = JSON.parse(process.argv[2] ?? '') as RunOrder;
const lived = await liveThrough(run, {
  ...{ cgroups, entries, plumb },
  note: (text) => console.error(`seed ${run.seed} ${text}`),
  tell: ({ mishap, from, proof }, startedAt) => {
    const whom = 'session' in mishap ? mishap.session : 'server' in mishap ? mishap.server : '';
    const at = ((from - startedAt) / 1000).toFixed(1).padStart(6);
    console.error(`seed ${run.seed} ${at} s  ${mishap.kind} ${whom}: ${proof}`);
  },
});
fs.writeFileSync(result, JSON.stringify(lived));
// Agents and servers go with the control group.
process.exit(0);
