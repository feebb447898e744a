// What all parts of the runner share: the database (PGHOST, PGDATABASE and so on say which), and tmux.
import { execFileSync } from 'node:child_process';
import pg from 'pg';

/** How often an agent says that it is there. Three times nothing, and it counts as dead. */
export const BEAT_SECONDS = Number(process.env.BEAT_SECONDS ?? 5);

export const db = new pg.Pool({ max: 1 });
db.on('error', (error) => console.error(`the database is away: ${error.message}`));

export function tmux(...words) {
  const socket = process.env.RUNNER_TMUX ?? 'agents';
  return execFileSync('tmux', ['-L', socket, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Whether this file is the one that was started. */
export const isMain = (meta) => meta.filename === process.argv[1];
