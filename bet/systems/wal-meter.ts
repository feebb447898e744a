import pg from 'pg';

/** What somebody has written: rows that were inserted, updated or deleted, and bytes of the log (WAL). */
export interface Written {
  readonly rows: number;
  readonly walBytes: number;
}

/**
 * Every record from a moment on, by the owner of the table whose page it changes, and the commit of a transaction by
 * what that has changed; pages that are written whole after a checkpoint are in it, as they are in the log.
 * Statistics that the server keeps would miss the commits, and are lost where it crashes; the log is not.
 */
const WRITTEN = `
with files as (
  select pg_relation_filenode(oid)::text as file, relowner::regrole::text as role, relkind
  from pg_class where oid >= 16384 and pg_relation_filenode(oid) is not null
),
records as (
  select xid::text::bigint as xid, resource_manager || ' ' || record_type as kind, record_length as bytes,
    coalesce(substring(description from 'ntuples: (\\d+)')::int, 1) as tuples,
    substring(block_ref from 'rel \\d+/\\d+/(\\d+)') as file
  from pg_get_wal_records_info($1::pg_lsn, pg_current_wal_flush_lsn())
),
placed as (
  select xid, kind, bytes, tuples, role, relkind from records left join files using (file)
),
writers as (select xid, min(role) as role from placed where role is not null and xid <> 0 group by xid)
select coalesce(placed.role, writers.role) as role, sum(bytes) as bytes,
  coalesce(sum(tuples) filter (where relkind = 'r' and kind ~ '^(Heap (INSERT|UPDATE|HOT_UPDATE|DELETE)|Heap2 MULTI_INSERT)'), 0) as rows
from placed left join writers using (xid)
group by 1 having coalesce(placed.role, writers.role) is not null`;

/** Reads in the log what each role has written since it was opened. */
export class WalMeter {
  readonly #url: string;
  readonly #from: string;

  private constructor(url: string, from: string) {
    this.#url = url;
    this.#from = from;
  }

  /** @param url as a superuser, of the database in which the tables are */
  static async open(url: string): Promise<WalMeter> {
    const from = await withClient(url, async (client) => {
      await client.query('create extension if not exists pg_walinspect');
      // What was written must still be there at the end.
      await client.query(`alter system set wal_keep_size = '4GB'`);
      await client.query('select pg_reload_conf()');
      const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
      return rows[0]?.lsn ?? '';
    });
    return new WalMeter(url, from);
  }

  /** By role. */
  written(): Promise<ReadonlyMap<string, Written>> {
    return withClient(this.#url, async (client) => {
      const { rows } = await client.query<{ role: string; bytes: string; rows: string }>(WRITTEN, [this.#from]);
      return new Map(rows.map(({ role, bytes, rows }) => [role, { rows: Number(rows), walBytes: Number(bytes) }]));
    });
  }
}

async function withClient<T>(url: string, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url.replace('@/', '@localhost/'));
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
