import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import { type Connection, connectionOf, holdWatch } from '../connected.ts';
import { type Database, isReadOnly, transaction } from '../database.ts';
import catalogSql from '../sql/table_catalog.sql';
import eventsSql from '../sql/table_events.sql';
import historySql from '../sql/table_history.sql';
import { decodeCatalog, type TableCatalog } from './catalog.ts';
import { type Claim, decodeClaims } from './claim.ts';
import { encodeTableEvents } from './events.ts';
import { checkTable, type TableUse } from './fitness.ts';
import type { Compared, TablePlan } from './plan.ts';
import { readOthersSql, readSql, writeSql } from './statements.ts';

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

  /** The rows of this host, and those that name none; one a name. @throws {PlumblineError} `schema` for a key twice */
  async read(hostId: string): Promise<Claim[]> {
    const parameters = this.mapping.columns.host === undefined ? [] : [hostId];
    const answer = await this.#database.query(readSql(this.#catalog, this.mapping), parameters);
    const claims = decodeClaims(answer, this.mapping);
    const byName = new Map<string, Claim>();
    for (const claim of claims) {
      const other = byName.get(claim.name);
      if (other && (other.host === null) === (claim.host === null)) throw this.#twice(claim.name);
      // A row that names this host is meant before one that names none.
      if (!other || claim.host !== null) byName.set(claim.name, claim);
    }
    return [...byName.values()];
  }

  /** The rows that other hosts have of these names; none where each host has rows of its own. */
  async readOthers(hostId: string, names: readonly string[]): Promise<Claim[]> {
    const sql = readOthersSql(this.#catalog, this.mapping);
    if (sql === null || names.length === 0) return [];
    return decodeClaims(await this.#database.query(sql, [hostId, JSON.stringify(names)]), this.mapping);
  }

  /**
   * Writes a plan, a statement for the rows and one for what is told of them; none where there is nothing to write. The
   * history is kept where the database has plumbline's own schema as well.
   * @returns the names whose rows no longer held what was read: nothing was written there
   */
  async apply({ changes, touched, hostId, observedAt }: TablePlan): Promise<string[]> {
    const all = [...changes, ...touched];
    if (all.length === 0) return [];
    const updates = all.filter(({ claim }) => claim !== null).map(encode);
    const parameters = [JSON.stringify(updates)];
    if (this.mapping.insert) parameters.push(JSON.stringify(all.filter(({ claim }) => claim === null).map(encode)));
    const { rows } = await this.#database.query(writeSql(this.#catalog, this.mapping), parameters);
    const written = new Set(rows.map((row) => row['name']));
    await this.#tell(
      hostId,
      changes.filter(({ name }) => written.has(name)),
      observedAt,
    );
    return all.filter(({ name }) => !written.has(name)).map(({ name }) => name);
  }

  async #tell(hostId: string, written: readonly Compared[], observedAt: Date): Promise<void> {
    if (written.length === 0) return;
    const [told, events] = encodeTableEvents(hostId, written, observedAt);
    await this.#database.query(eventsSql, [told]);
    if (this.#keepsHistory) await this.#database.query(historySql, [events]);
  }

  /** Runs reading, looking and writing as one transaction, one plumb at a time for a host and table. */
  async exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T> {
    return transaction(this.#database, async () => {
      const key = `plumbline:table:${this.#catalog.name}:${hostId}`;
      await this.#database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
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

  /** Connected is said of plumbline's own rows only, which a watch of a table does not keep. */
  async announce(): Promise<void> {}

  /** As nothing was announced. */
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

/** Looks at the catalog, and makes sure that the mapping fits. @throws {PlumblineError} `schema` */
export async function openTable(database: Database, mapping: TableMapping, use: TableUse): Promise<Table> {
  const catalog = decodeCatalog(await database.query(catalogSql, [mapping.table]));
  const fit = checkTable(catalog, mapping, use);
  const { rows } = await database.query(
    `select coalesce(has_table_privilege(to_regclass('plumbline.session_events'), 'insert'), false)::text as keeps`,
  );
  return new Table(database, fit, mapping, rows[0]?.['keeps'] === 'true');
}

function encode({ name, claim, values }: Compared) {
  return { name, was: claim?.values ?? {}, set: values ?? {} };
}
