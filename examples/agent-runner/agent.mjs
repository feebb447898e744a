#!/usr/bin/env node
// An agent. It stands for whatever your agents are: a program that sits in a terminal, in a home directory of its own,
// and does what is typed: here each line is a command for the shell. Its name is its home's.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BEAT_SECONDS, db } from './runner.mjs';

const name = path.basename(process.cwd());
const tell = (sql, ...values) => db.query(sql, values).catch((error) => console.error(error.message));

// Whoever starts has no task yet.
await tell('insert into agents (name) values ($1) on conflict (name) do update set task = null', name);
await beat();
setInterval(beat, BEAT_SECONDS * 1000);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, leave);

createInterface({ input: process.stdin }).on('line', async (task) => {
  spawnSync('sh', ['-c', task], { stdio: ['ignore', 'inherit', 'inherit'] });
  await tell('update agents set task = null where name = $1 and task = $2', name, task);
});

/** Says that it is there. */
function beat() {
  const sql = `update agents set pid = $2, pane = $3, status = 'alive', last_seen = now() where name = $1`;
  return tell(sql, name, process.pid, process.env.TMUX_PANE);
}

/** Says that it goes, where it is asked to. */
async function leave() {
  await tell(`update agents set status = 'dead' where name = $1 and pid = $2`, name, process.pid);
  process.exit();
}
