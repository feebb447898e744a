#!/usr/bin/env node
// The sweeper, a cron job: whoever has missed three beats is dead.
import { BEAT_SECONDS, db } from './runner.mjs';

const { rows } = await db.query(
  `update agents set status = 'dead' where status = 'alive' and last_seen < now() - make_interval(secs => $1) returning name`,
  [3 * BEAT_SECONDS],
);
for (const { name } of rows) console.log(`${new Date().toISOString()} ${name} has missed three beats`);
await db.end();
