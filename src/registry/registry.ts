import { PlumblineError } from '../model/errors.ts';
import { decodeHost, encodePlan } from './codec.ts';
import { type Connection, connectionOf, holdWatch } from './connected.ts';
import { type Database, isReadOnly, transaction } from './database.ts';
import { deathCause, type Endings } from './dead.ts';
import type { HistoryEvent, HistoryQuery } from './history.ts';
import { decodeEvent } from './history-codec.ts';
import { canStoreHomes, type StoredHomes, storeHomes } from './homes.ts';
import { type HostSummary, readHosts } from './hosts.ts';
import { checkSchema, migrate, type SchemaState, schemaState } from './migrate.ts';
import type { Plan } from './plan.ts';
import type { StoredHost } from './row.ts';
import applySql from './sql/apply.sql';
import endingsSql from './sql/endings.sql';
import historySql from './sql/history.sql';
import privilegesSql from './sql/privileges.sql';
import pruneSql from './sql/prune.sql';
import readSql from './sql/read.sql';
import { announceWatch, retractWatch, withdrawWatch } from './watched.ts';

/** What else is done where something is written. */
export interface ApplyOptions {
  /** Delete the host's events that are older than so many days, where that is allowed. Left out: none. */
  readonly historyDays?: number;
  /** A watch of this host is gone: from now on its rows are a snapshot, unless somebody watches it again. */
  readonly endsWatch?: boolean;
}

/** How much of the rows is read. */
export interface ReadOptions {
  /** Whether with their evidence, which is most of a row, and which `plan` does not need. Default true; else it is empty. */
  readonly evidence?: boolean;
}

/** Where rows are read and written: what `sync` needs of a registry. */
export interface RowStore {
  readonly place: string;
  read(hostId: string, options?: ReadOptions): Promise<StoredHost>;
  apply(plan: Plan, options?: ApplyOptions): Promise<void>;
  exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T>;
  /** Left out by one that keeps no homes. */
  keepHomes?(hostId: string, stamp: string, homes: () => Promise<StoredHomes | null>): Promise<void>;
}

/** The registry that is not there yet, for a plan of what its first sync would write. */
export function futureRegistry(place: string): RowStore {
  return {
    place,
    read: async () => ({ record: null, rows: [] }),
    apply: async () => {
      throw new PlumblineError('schema', `${place} is not there yet`, { hint: 'plumb sync makes it' });
    },
    exclusively: (_, body) => body(),
  };
}

/** The rows of one database. */
export class Registry implements RowStore {
  readonly #database: Database;
  #hasPruned = false;
  /** What the homes were when they were stored last; null: they have not been. */
  #homesStamp: string | null = null;
  #keepsHomes: boolean | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What to call it in messages. */
  get place(): string {
    return this.#database.place;
  }

  /** All that is stored of one host. */
  async read(hostId: string, { evidence = true }: ReadOptions = {}): Promise<StoredHost> {
    return decodeHost(await this.#database.query(readSql, [hostId, String(evidence)]));
  }

  /**
   * Writes a plan, whole or not at all: one statement, none where there is nothing to write. Old events go with
   * another one, since it takes a right that rows do not: without it they stay, and `plumb doctor` says so.
   * @throws {PlumblineError} `registry` where a row has been changed since it was read
   */
  async apply(plan: Plan, { historyDays, endsWatch = false }: ApplyOptions = {}): Promise<void> {
    const { hostId, changes, host } = plan;
    if (endsWatch) await withdrawWatch(this.#database, hostId);
    if (changes.length === 0 && host === null) return;
    const { rows } = await this.#database.query(applySql, encodePlan(plan));
    if (Number(rows[0]?.['written']) !== changes.length) {
      throw new PlumblineError('registry', `rows of ${hostId} were changed by somebody else while they were read`, {
        hint: 'nothing was written; run it again',
        isTransient: true,
      });
    }
    if (historyDays === undefined || host === null || rows[0]?.['may_prune'] !== 'true') return;
    const parameters = [hostId, host.observedAt.toISOString(), String(historyDays)];
    const { count } = await this.#database.query(pruneSql, parameters);
    if (count > 0) this.#hasPruned = true;
  }

  /**
   * What happened to sessions, as looks have seen it, with the change of the row that each event was a part of.
   *
   * Source: plumbline.session_events; sync deletes what is older than its `historyDays`
   * Shape:  HistoryEvent[] in the order of writing, oldest first; empty where there is none, never null
   * Needs:  select on plumbline.session_events
   * @param query one host, name or time; all of what it leaves out
   * @throws {PlumblineError} `registry` where the database does not answer or refuses
   */
  async history({ hostId = null, name = null, since = null }: HistoryQuery = {}): Promise<HistoryEvent[]> {
    const { rows } = await this.#database.query(historySql, [hostId, name, since?.toISOString() ?? null]);
    return rows.map((row) => decodeEvent(row['event'] ?? 'null'));
  }

  /**
   * The last end of each name of a host, as far as events are kept.
   *
   * Source: plumbline.session_events
   * Shape:  by name; none where no end is remembered
   * Needs:  select on plumbline.session_events
   * @throws {PlumblineError} `registry` where the database does not answer or refuses
   */
  async endings(hostId: string): Promise<Endings> {
    const { rows } = await this.#database.query(endingsSql, [hostId]);
    return new Map(
      rows.flatMap(({ name, event, pid = null }) => {
        const cause = deathCause(event ?? '');
        return cause === null ? [] : [[name ?? '', { pid: pid === null ? null : Number(pid), cause }] as const];
      }),
    );
  }

  /**
   * The hosts whose rows are here, and how far the rows of each can be relied on.
   *
   * Source: plumbline.hosts and sessions; pg_locks for who is connected
   * Shape:  HostSummary[] in the order of their ids; empty where there is none, never null
   * Needs:  select on both tables
   * @throws {PlumblineError} `registry` where the database does not answer or refuses
   */
  hosts(): Promise<HostSummary[]> {
    return readHosts(this.#database);
  }

  /**
   * Runs reading, looking and writing as one transaction. Only one plumb at a time does so for a host: the others
   * wait, so that none plans on rows that are about to change.
   */
  async exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T> {
    const result = await transaction(this.#database, async () => {
      await this.#database.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0::bigint))', [
        `plumbline:host:${hostId}`,
      ]);
      return body();
    }).catch((error: unknown) => {
      // What was stored of homes was undone with the rest.
      this.#homesStamp = null;
      throw error;
    });
    // A vacuum is no part of a transaction; without one the embedded registry would only grow.
    if (this.#hasPruned && !this.#database.hasAutovacuum) await this.#database.query('vacuum plumbline.session_events');
    this.#hasPruned = false;
    return result;
  }

  /**
   * Stores the homes of a host, in the transaction that there is, where the schema has them and they may be written.
   * @param stamp is another one where anything may have changed since they were stored last
   * @param homes asked for only then
   */
  async keepHomes(hostId: string, stamp: string, homes: () => Promise<StoredHomes | null>): Promise<void> {
    if (stamp === this.#homesStamp) return;
    this.#keepsHomes ??= await canStoreHomes(this.#database);
    if (!this.#keepsHomes) return;
    const stored = await homes();
    if (stored !== null) await storeHomes(this.#database, hostId, stored);
    this.#homesStamp = stamp;
  }

  /** Which connection this is, for `hold`. */
  connection(): Promise<Connection> {
    return connectionOf(this.#database);
  }

  /** Makes this the only watch of a host, for as long as this connection lives. */
  hold(hostId: string, formers: readonly Connection[]): Promise<void> {
    return holdWatch(this.#database, hostId, formers);
  }

  /** For who holds the watch: the rows are right, and the host is connected for as long as this connection lives. */
  announce(hostId: string): Promise<void> {
    return announceWatch(this.#database, hostId);
  }

  /** The watch goes on, and its rows are not right. */
  retract(hostId: string): Promise<void> {
    return retractWatch(this.#database, hostId);
  }

  /** The watch ends as it was asked to: the rows are a snapshot from now on. */
  withdraw(hostId: string): Promise<void> {
    return withdrawWatch(this.#database, hostId);
  }

  /** Told when the connection ends; the embedded registry has none that could. */
  onEnd(run: () => void): void {
    this.#database.onEnd?.(run);
  }

  /** Which version of the schema is there. */
  schema(): Promise<SchemaState> {
    return schemaState(this.#database);
  }

  /** Makes sure that the schema can be used. @throws {PlumblineError} `schema` */
  async checkSchema(): Promise<void> {
    checkSchema(await this.schema(), this.place);
  }

  /**
   * Reads every row of the small tables once, by their indexes: a table's file that was emptied has no rows to miss.
   * @throws {PlumblineError} where that cannot be done
   */
  async checkReadable(): Promise<void> {
    const scanTables = (setting: 'on' | 'off') =>
      this.#database.query(`select set_config('enable_seqscan', $1, false)`, [setting]);
    await scanTables('off');
    await this.#database.query(
      'select count(evidence) from (select * from plumbline.sessions order by host_id, name) s',
    );
    await this.#database.query('select count(observed_at) from (select * from plumbline.hosts order by host_id) h');
    await scanTables('on');
  }

  /** Whether it takes no writes: a standby, or a database or role that says so. */
  isReadOnly(): Promise<boolean> {
    return isReadOnly(this.#database);
  }

  /** What of the least rights is missing: `insert on plumbline.hosts`; none where all is there. */
  async missingPrivileges(): Promise<string[]> {
    const { rows } = await this.#database.query(privilegesSql);
    return rows.map((row) => row['missing'] ?? '');
  }

  /** Brings the schema to this plumb's version. */
  migrate(): Promise<number[]> {
    return migrate(this.#database);
  }

  /** Runs SQL that this plumb has shown before: the grants, or the end of the schema. */
  script(sql: string): Promise<void> {
    return this.#database.script(sql);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
