#!/usr/bin/env node
// Types a line into the pane of a living agent: node nudge.mjs NAME LINE
import { BEAT_SECONDS, db, isMain, tmux } from './runner.mjs';

export function type(pane, line) {
  tmux('send-keys', '-t', pane, '-l', line);
  tmux('send-keys', '-t', pane, 'Enter');
}

async function nudge(name, line) {
  const sql = `
    select pane
    from agents
    where name = $1
      and last_seen > now() - make_interval(secs => $2)
      and status = 'alive'`;
  const { rows } = await db.query(sql, [name, 3 * BEAT_SECONDS]);
  if (!rows[0]) throw new Error(`${name} is not alive`);
  if (!rows[0].pane) throw new Error(`${name} has no pane`);
  type(rows[0].pane, line);
  return rows[0].pane;
}

if (isMain(import.meta)) {
  const [name, line] = process.argv.slice(2);
  console.log(`${name}\t${await nudge(name, line)}`);
  await db.end();
}
