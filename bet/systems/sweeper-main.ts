// Calls rows dead whose agent has missed three beats. Arguments: the database, the table, the seconds between two beats.
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';

/**
 * The best that its users run: a service of its own beside the database, which keeps its connection and sweeps every fifth
 * of a period, so that a death is told at most that much later than three missed beats prove it. While the database was
 * away nobody could beat: everybody gets one whole period, from the moment that it is back, before anybody is called dead.
 * Whoever lives has beaten by then, and more would only keep the dead alive. (Without that, each outage longer than three
 * periods would kill the fleet.)
 */
const [url = '', table = '', seconds = ''] = process.argv.slice(2);
const periodMs = Number(seconds) * 1000;
const connection = new Connection(url);
const statement = {
  name: 'sweep',
  text: `update ${table} set status = 'dead' where status = 'alive' and last_seen < now() - interval '${3 * Number(seconds)} s'`,
};
const RETRY_MS = 500;

for (;;) {
  try {
    await connection.connected();
    await sleep(periodMs);
    while (connection.isConnected) {
      await connection.query(statement);
      await sleep(periodMs / 5);
    }
  } catch {
    // The database is away. The agents wait for it too.
  }
  await sleep(RETRY_MS);
}
