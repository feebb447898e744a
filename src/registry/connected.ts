import { PlumblineError } from '../model/errors.ts';
import { type Database, transaction } from './database.ts';

/** One connection, as the server knows it. */
export interface Connection {
  /** The server's process for it. */
  readonly pid: string;
  /** When it began, in the server's words; null where it does not say. */
  readonly startedAt: string | null;
}

/** Who watches a host. */
interface Holder extends Connection {
  readonly address: string | null;
}

/** How long to wait for a watcher that is just ending. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 100;

/**
 * For a connection that says that a host is connected. The server asks after 10 s of silence, and gives up after 20 s
 * without an answer to that or to what it has sent; a statement before that takes 8 s at most. So a host without power
 * is no longer connected 30 s later. These limits are shorter than elsewhere, since a watch rather tries again. Set
 * only where the server has them.
 */
const SETTINGS = `
select set_config(name, wanted.value, false)
from (values
  ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
  ('tcp_user_timeout', '20000'), ('lock_timeout', '5000'), ('statement_timeout', '8000')
) as wanted (name, value)
join pg_settings using (name)`;

/** An advisory lock of one 64-bit key is shown in halves. */
const HOLDER = `
select l.pid::text as pid, a.backend_start::text as started_at, a.client_addr::text as address
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1::text, 0::bigint)`;

/**
 * Which connection this is, after making sure that nothing stands between: behind a pooler each transaction may be
 * another session's, and a lock of ours would stay with somebody else. A pooler announces a pid that is not the
 * server's.
 * @throws {PlumblineError} `registry` for a pooler
 */
export async function connectionOf(database: Database): Promise<Connection> {
  const connection = await ownConnection(database);
  const { announcedPid = null } = database;
  if (announcedPid !== null && String(announcedPid) !== connection.pid) throw pooled(database);
  return connection;
}

/**
 * What a watch locks once the rows are right: everybody can read from pg_locks that the host is connected. Another
 * key than the watch's own, which it has before its first look: rows that are an hour old would count as right then.
 * @param table somebody else's table, as pg_catalog writes its name; null for plumbline's own rows
 */
export function connectedKey(hostId: string, table: string | null = null): string {
  return `plumbline:connected:${hostId}${table === null ? '' : `:${table}`}`;
}

/** Takes that lock, for as long as this session lives. A former session of ours may be about to let go of it. */
export async function lockConnected(database: Database, key: string): Promise<void> {
  await database.query('select pg_advisory_lock(hashtextextended($1::text, 0::bigint))', [key]);
}

/** Only what is held: for another one the server would write a warning into its log. */
const UNLOCK = `
select pg_advisory_unlock(wanted.key) from (select hashtextextended($1::text, 0::bigint) as key) as wanted
where exists (
  select from pg_locks
  where locktype = 'advisory' and granted and objsubid = 1 and pid = pg_backend_pid()
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = wanted.key
)`;

/** Lets go of it where it is held, while the watch goes on: what its rows say is unknown until it is taken again. */
export async function unlockConnected(database: Database, key: string): Promise<void> {
  await database.query(UNLOCK, [key]);
}

/**
 * Makes this session the only one that watches a host, until it ends, however it ends.
 *
 * @param table somebody else's table, of which each is watched for itself; null for plumbline's own rows
 * @param formers connections of our own that were lost. The server may not have noticed yet: it is told to end them.
 * @throws {PlumblineError} `registry` where another watcher holds it, or a pooler stands between
 */
export async function holdWatch(
  database: Database,
  hostId: string,
  formers: readonly Connection[],
  table: string | null = null,
): Promise<void> {
  const key = `plumbline:watch:${hostId}${table === null ? '' : `:${table}`}`;
  await database.query(SETTINGS);
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await tryLock(database, key))) {
    const holder = await holderOf(database, key);
    const isOurs = holder !== null && formers.some((it) => isSame(it, holder));
    if (performance.now() > deadlineMs) throw watchedByAnother(database, hostId, holder, isOurs);
    if (isOurs) await database.query('select pg_terminate_backend($1::integer)', [holder.pid]);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const [holder, connection] = [await holderOf(database, key), await ownConnection(database)];
  if (holder?.pid !== connection.pid) throw pooled(database);
}

/** In a transaction of its own each: a pooler may give the next one to another session. */
async function ownConnection(database: Database): Promise<Connection> {
  return transaction(database, async () => {
    const { rows } = await database.query(
      `select pg_backend_pid()::text as pid,
         (select backend_start::text from pg_stat_activity where pid = pg_backend_pid()) as started_at`,
    );
    return { pid: rows[0]?.['pid'] ?? '', startedAt: rows[0]?.['started_at'] ?? null };
  });
}

async function tryLock(database: Database, key: string): Promise<boolean> {
  const { rows } = await database.query(
    'select pg_try_advisory_lock(hashtextextended($1::text, 0::bigint))::text as held',
    [key],
  );
  return rows[0]?.['held'] === 'true';
}

async function holderOf(database: Database, key: string): Promise<Holder | null> {
  return transaction(database, async () => {
    const { rows } = await database.query(HOLDER, [key]);
    const [row] = rows;
    return row
      ? { pid: row['pid'] ?? '', startedAt: row['started_at'] ?? null, address: row['address'] ?? null }
      : null;
  });
}

/** A pid alone may be used again after the server was started anew. */
function isSame(a: Connection, b: Connection): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt;
}

function watchedByAnother(
  { place }: Database,
  hostId: string,
  holder: Holder | null,
  isTransient: boolean,
): PlumblineError {
  const since = holder?.startedAt ? `, since ${holder.startedAt}` : '';
  const from = holder?.address ? `, from ${holder.address}` : '';
  const who = holder ? ` (server process ${holder.pid}${from}${since})` : '';
  return new PlumblineError('registry', `${place}: another plumb watches host ${hostId}${who}`, {
    hint: 'one watcher a host: end the other one, or give each machine an id of its own ([host] id in its configuration)',
    isTransient,
  });
}

function pooled({ place }: Database): PlumblineError {
  return new PlumblineError(
    'registry',
    `${place}: a pooler stands between, and a watch needs a session of its own there`,
    { hint: 'name the server itself, with its own port, in --db; plumb sync without --watch works through a pooler' },
  );
}
