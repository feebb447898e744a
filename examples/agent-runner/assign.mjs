#!/usr/bin/env node
// Gives a task to a living agent that has none: node assign.mjs TASK
import { type } from './nudge.mjs';
import { BEAT_SECONDS, db } from './runner.mjs';

const [task] = process.argv.slice(2);

async function assign() {
  const sql = `
    select name, pane
    from agents
    where status = 'alive' and task is null and pane is not null
      and last_seen > now() - make_interval(secs => $1)
    order by random()`;
  for (const { name, pane } of (await db.query(sql, [3 * BEAT_SECONDS])).rows) {
    // Two that assign at once may have chosen the same one: the second takes the next.
    const taken = await db.query('update agents set task = $1 where name = $2 and task is null', [task, name]);
    if (taken.rowCount === 0) continue;
    type(pane, task);
    return `${name}\t${pane}`;
  }
  throw new Error('nobody is free');
}

console.log(await assign());
await db.end();
