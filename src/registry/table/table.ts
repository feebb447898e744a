import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import { type Database, transaction } from '../database.ts';
import catalogSql from '../sql/table_catalog.sql';
import { decodeCatalog, type TableCatalog } from './catalog.ts';
import { type Claim, decodeClaims } from './claim.ts';
import { checkTable, type TableUse } from './fitness.ts';
import type { Compared, TablePlan } from './plan.ts';
import { readSql, writeSql } from './statements.ts';

/** Somebody else's table, as its mapping says. */
export class Table {
  readonly mapping: TableMapping;
  readonly #database: Database;
  readonly #catalog: TableCatalog;

  constructor(database: Database, catalog: TableCatalog, mapping: TableMapping) {
    this.#database = database;
    this.#catalog = catalog;
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

  /**
   * Writes a plan in one statement, none where there is nothing to write.
   * @returns the names whose rows no longer held what was read: nothing was written there
   */
  async apply({ changes, touched }: TablePlan): Promise<string[]> {
    const all = [...changes, ...touched];
    if (all.length === 0) return [];
    const updates = all.filter(({ claim }) => claim !== null).map(encode);
    const parameters = [JSON.stringify(updates)];
    if (this.mapping.insert) parameters.push(JSON.stringify(all.filter(({ claim }) => claim === null).map(encode)));
    const { rows } = await this.#database.query(writeSql(this.#catalog, this.mapping), parameters);
    const written = new Set(rows.map((row) => row['name']));
    return all.filter(({ name }) => !written.has(name)).map(({ name }) => name);
  }

  /** Runs reading, looking and writing as one transaction, one plumb at a time for a host and table. */
  async exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T> {
    return transaction(this.#database, async () => {
      const key = `plumbline:table:${this.#catalog.name}:${hostId}`;
      await this.#database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
      return body();
    });
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
  return new Table(database, checkTable(catalog, mapping, use), mapping);
}

function encode({ name, claim, values }: Compared) {
  return { name, was: claim?.values ?? {}, set: values ?? {} };
}
