// Asks the application's own status.mjs, as it is now, several times a second, and sends every answer to its parent.
import path from 'node:path';
import proc from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from './until.mjs';

const PAUSE_MS = 150;
const { status } = await import(path.resolve('status.mjs'));

// With its parent it ends.
proc.on('disconnect', () => proc.exit());

for (;;) {
  const askedMs = nowMs();
  const answer = await status().then(
    (rows) => ({ rows }),
    (error) => ({ failure: error.message }),
  );
  proc.send({ askedMs, answeredMs: nowMs(), ...answer });
  await sleep(PAUSE_MS);
}
