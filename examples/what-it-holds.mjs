// Prints what the kernel tracks for each session: how many rows of each relation are its own, and its processes.
// Usage: node examples/what-it-holds.mjs '/srv/agents/*' claude
import { KERNEL_RELATIONS, MachineLook, parseHomes, readRelation } from '@plumbline/plumbline';

const [homes, ...commands] = process.argv.slice(2);
if (homes === undefined || commands.length === 0) {
  console.error("usage: node examples/what-it-holds.mjs '/srv/agents/*' COMMAND…");
  process.exit(2);
}

// One look for all of them: what several need is read once.
const look = await MachineLook.open({ homes: parseHomes([homes]), commands });

for (const session of look.snapshot.sessions) {
  console.log(`${session.name.text}, ${session.verdict}`);
  for (const { name } of KERNEL_RELATIONS) {
    const rows = await readRelation(look, name, { sessions: [session], columns: [] });
    console.log(`  ${rows.length} ${name}`);
  }
  const columns = ['pid', 'comm', 'joined_by'];
  for (const { pid, comm, joined_by } of await readRelation(look, 'processes', { sessions: [session], columns })) {
    console.log(`  ${pid} ${comm}: ${joined_by}`);
  }
}

// What could not be seen is no proof that it is not there.
const { complete, reasons } = look.coverage();
if (!complete) console.log('not everything could be seen:', reasons);
