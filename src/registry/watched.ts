import { connectedKey, lockConnected, unlockConnected } from './connected.ts';
import { type Database, transaction } from './database.ts';
import { schemaState } from './migrate.ts';
import notRightSql from './sql/not_right.sql';
import watchedNoMoreSql from './sql/watched_no_more.sql';
import watchingSql from './sql/watching.sql';

/** The schema that remembers it. */
const SINCE_SCHEMA = 3;

/**
 * Says to all readers that a host's rows are kept right: its lock for them, for as long as this session lives, and a
 * note in its row that outlives us, since what nobody keeps right any more is unknown. For who holds the watch already,
 * and has the rows right: else they would count as right before they are.
 */
export async function announceWatch(database: Database, hostId: string): Promise<void> {
  const { version } = await schemaState(database);
  await transaction(database, async () => {
    if (version >= SINCE_SCHEMA) await database.query(watchingSql, [hostId]);
    await lockConnected(database, connectedKey(hostId));
  });
}

/**
 * Says to all readers that a host's rows are not right, though its watch goes on: they are unknown until it is announced.
 * Also where they were a snapshot until now: that would say alive of what the watch has proven dead.
 */
export async function retractWatch(database: Database, hostId: string): Promise<void> {
  const { version } = await schemaState(database);
  if (version >= SINCE_SCHEMA) await database.query(notRightSql, [hostId]);
  await unlockConnected(database, connectedKey(hostId));
}

/** The rows are a snapshot from now on, unless somebody else watches the host. */
export async function withdrawWatch(database: Database, hostId: string): Promise<void> {
  const { version } = await schemaState(database);
  if (version >= SINCE_SCHEMA) await database.query(watchedNoMoreSql, [hostId]);
}
