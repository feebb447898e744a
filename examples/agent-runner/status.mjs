#!/usr/bin/env node
// Who is alive, in which pane, and at what: node status.mjs
import { BEAT_SECONDS, db, isMain } from './runner.mjs';

export async function status() {
  const sql = `
    select name, pid, pane, task
    from agents
    where status = 'alive'
      and last_seen > now() - make_interval(secs => $1)
    order by name`;
  return (await db.query(sql, [3 * BEAT_SECONDS])).rows;
}

if (isMain(import.meta)) {
  for (const { name, pid, pane, task } of await status()) console.log([name, pid, pane, task ?? 'free'].join('\t'));
  await db.end();
}
