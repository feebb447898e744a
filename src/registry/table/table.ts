import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import {
  type Connection,
  connectedKey,
  connectionOf,
  holdWatch,
  lockConnected,
  unlockConnected,
} from '../connected.ts';
import { type Answer, type Database, isReadOnly, transaction } from '../database.ts';
import pruneSql from '../sql/prune.sql';
import catalogSql from '../sql/table_catalog.sql';
import eventsSql from '../sql/table_events.sql';
import historySql from '../sql/table_history.sql';
import { decodeCatalog, type TableCatalog } from './catalog.ts';
import { type Claim, decodeClaims } from './claim.ts';
import { encodeTableEvents } from './events.ts';
import { checkTable, type TableUse } from './fitness.ts';
import type { Compared, TablePlan } from './plan.ts';
import { countSql, hasRowsOfEachHost, readEndedSql, readNamedSql, readParameters, readSql } from './statements.ts';
import { writeRows } from './write.ts';

/** What became of a plan. */
export interface Applied {
  /** Rows that no longer held what was read. */
  readonly lost: readonly string[];
  /** Rows that the table refuses, with the server's reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** How many rows say the same of their host and status, and have a name or none. */
export interface RowCount {
  readonly host: string | null;
  readonly status: string | null;
  /** Whether their key is null, which names no session. */
  readonly isNameless: boolean;
  readonly rows: number;
}

/** Somebody else's table, as its mapping says. */
export class Table {
  readonly mapping: TableMapping;
  readonly #database: Database;
  readonly #catalog: TableCatalog;
  /** Whether the database has plumbline's own schema too, and we may write its events. */
  readonly #keepsHistory: boolean;

  constructor(database: Database, catalog: TableCatalog, mapping: TableMapping, keepsHistory: boolean) {
    this.#database = database;
    this.#catalog = catalog;
    this.#keepsHistory = keepsHistory;
    this.mapping = mapping;
  }

  /** What to call it in messages: `public.agents in database x at …`. */
  get place(): string {
    return `${this.#catalog.name} in ${this.#database.place}`;
  }

  /**
   * The rows of this host, and those that name none, which say that their session lives; one a name.
   * @throws {PlumblineError} `schema` for a key twice
   */
  async read(hostId: string): Promise<Claim[]> {
    const parameters = readParameters(this.mapping, hostId);
    return this.#decode(await this.#database.query(readSql(this.#catalog, this.mapping), parameters));
  }

  /** The rows of this host, and those that name none, which say that their session has ended; one a name. */
  async readEnded(hostId: string): Promise<Claim[]> {
    const parameters = readParameters({ ...this.mapping, alive: this.mapping.dead }, hostId);
    return this.#decode(await this.#database.query(readEndedSql(this.#catalog, this.mapping), parameters));
  }

  /** The rows of these names, whatever they say, and whoever's they are where a name has one row for all hosts. */
  async readNamed(hostId: string, names: readonly string[]): Promise<Claim[]> {
    if (names.length === 0) return [];
    const own = hasRowsOfEachHost(this.#catalog, this.mapping) ? [hostId] : [];
    const sql = readNamedSql(this.#catalog, this.mapping);
    return this.#decode(await this.#database.query(sql, [JSON.stringify(names), ...own]));
  }

  /** How many rows there are, by their host and status, where those are mapped, and by whether they have a name. */
  async count(): Promise<readonly RowCount[]> {
    const { rows } = await this.#database.query(countSql(this.#catalog, this.mapping));
    return rows.map(({ host = null, status = null, nameless, rows: count }) => {
      return { host, status, isNameless: nameless === 'true', rows: Number(count) };
    });
  }

  /** By how much the database's clock is ahead of ours, within the time of one answer. */
  async clockSkewMs(): Promise<number> {
    const before = Date.now();
    const { rows } = await this.#database.query(
      `select (extract(epoch from clock_timestamp())::numeric * 1000::numeric)::text as now`,
    );
    return Number(rows[0]?.['now']) - (before + Date.now()) / 2;
  }

  /**
   * Writes a plan, a statement for the rows and one for what is told of them; none where there is nothing to write. The
   * history is kept where the database has plumbline's own schema as well.
   * @param historyDays how long events are kept there
   */
  async apply({ changes, touched, hostId, observedAt }: TablePlan, historyDays: number): Promise<Applied> {
    const all = [...changes, ...touched];
    if (all.length === 0) return { lost: [], refused: new Map() };
    const { names, refused } = await writeRows(this.#database, this.#catalog, this.mapping, all);
    const written = changes.filter(({ name }) => names.has(name));
    if (written.length > 0) await this.#tell(hostId, written, observedAt, historyDays);
    return { lost: all.map(({ name }) => name).filter((name) => !names.has(name) && !refused.has(name)), refused };
  }

  async #tell(hostId: string, written: readonly Compared[], observedAt: Date, historyDays: number): Promise<void> {
    const [told, events] = encodeTableEvents(hostId, written, observedAt);
    await this.#database.query(eventsSql, [told]);
    if (!this.#keepsHistory) return;
    const { count } = await this.#database.query(historySql, [events, hostId]);
    if (count > 0) await this.#database.query(pruneSql, [hostId, observedAt.toISOString(), String(historyDays)]);
  }

  #decode(answer: Answer): Claim[] {
    const byName = new Map<string, Claim>();
    for (const claim of decodeClaims(answer, this.mapping)) {
      const other = byName.get(claim.name);
      if (other && (other.host === null) === (claim.host === null)) throw this.#twice(claim.name);
      // A row that names a host is meant before one that names none.
      if (!other || claim.host !== null) byName.set(claim.name, claim);
    }
    return [...byName.values()];
  }

  /** Runs reading, looking and writing as one transaction, one plumb at a time for a host and table. */
  async exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T> {
    return transaction(this.#database, async () => {
      const key = `plumbline:table:${this.#catalog.name}:${hostId}`;
      await this.#database.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0::bigint))', [key]);
      return body();
    });
  }

  /** Whether it takes no writes. */
  isReadOnly(): Promise<boolean> {
    return isReadOnly(this.#database);
  }

  /** Which connection this is, for `hold`. */
  connection(): Promise<Connection> {
    return connectionOf(this.#database);
  }

  /** Makes this the only watch of this host and table. */
  hold(hostId: string, formers: readonly Connection[]): Promise<void> {
    return holdWatch(this.#database, hostId, formers, this.#catalog.name);
  }

  /**
   * The rows are right: a lock says so to everybody for as long as this session lives. It has the table's name, since
   * plumbline's own rows are another watch's.
   */
  announce(hostId: string): Promise<void> {
    return lockConnected(this.#database, connectedKey(hostId, this.#catalog.name));
  }

  /** They are not right any more. */
  retract(hostId: string): Promise<void> {
    return unlockConnected(this.#database, connectedKey(hostId, this.#catalog.name));
  }

  /** The lock goes with the session, and nothing else was written. */
  async withdraw(): Promise<void> {}

  /** Told when the connection ends. */
  onEnd(run: () => void): void {
    this.#database.onEnd?.(run);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  #twice(name: string): PlumblineError {
    const { key } = this.mapping;
    return new PlumblineError('schema', `${this.place}: two rows have the ${key} ${name}`, {
      hint: 'one row is one session: map its host (--host), or keep one of them',
    });
  }
}

/** @throws {PlumblineError} `usage` for what is no name in SQL */
async function lookUp(database: Database, table: string): Promise<Answer> {
  try {
    return await database.query(catalogSql, [table]);
  } catch (error) {
    if (!(error instanceof PlumblineError) || !/^42(?:601|602|P01)$/.test(error.sqlState ?? '')) throw error;
    throw new PlumblineError('usage', `${table} is no name of a table`, {
      hint: 'write it as SQL does: public.agents, "Fleet".agents',
      cause: error,
    });
  }
}

/** Looks at the catalog, and makes sure that the mapping fits. @throws {PlumblineError} `schema` */
export async function readTable(database: Database, mapping: TableMapping, use: TableUse): Promise<TableCatalog> {
  return checkTable(decodeCatalog(await lookUp(database, mapping.table)), mapping, use);
}

/** The same, for reading and writing its rows. @throws {PlumblineError} `schema` */
export async function openTable(database: Database, mapping: TableMapping, use: TableUse): Promise<Table> {
  const fit = await readTable(database, mapping, use);
  const { rows } = await database.query(
    `select coalesce(has_table_privilege(to_regclass('plumbline.session_events'), 'insert')
       and has_table_privilege(to_regclass('plumbline.session_events'), 'select')
       and has_table_privilege(to_regclass('plumbline.session_events'), 'delete'), false)::text as keeps`,
  );
  return new Table(database, fit, mapping, rows[0]?.['keeps'] === 'true');
}
