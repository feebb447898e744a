// Keeps rows of the sessions in a directory, prints what changed, and closes. CI runs it.
//   node examples/keep-rows.mjs '/srv/agents/*' claude /var/lib/fleet
import { argv } from 'node:process';
import { openRegistry, parseHomes, sync } from '@plumbline/plumbline';

const [pattern = '/srv/agents/*', command = 'claude', directory = '/tmp/plumbline-example'] = argv.slice(2);
const registry = await openRegistry({ directory });
try {
  const { plan } = await sync(registry, { homes: parseHomes([pattern]), commands: [command] });
  for (const { name, events } of plan.changes) console.log(name, events.map(({ kind }) => kind).join(', '));
  console.log(`${plan.changes.length} written, ${plan.unchanged.length} as they were, ${plan.kept.length} unknown`);
} finally {
  await registry.close();
}
