import { PlumblineError } from '../model/errors.ts';
import { decodeHost, encodePlan } from './codec.ts';
import { type Connection, connectionOf, holdConnected } from './connected.ts';
import { type Database, transaction } from './database.ts';
import { checkSchema, migrate, type SchemaState, schemaState } from './migrate.ts';
import type { Plan } from './plan.ts';
import type { StoredHost } from './row.ts';
import applySql from './sql/apply.sql';
import privilegesSql from './sql/privileges.sql';
import readSql from './sql/read.sql';

/** Where rows are read and written: what `sync` needs of a registry. */
export interface RowStore {
  readonly place: string;
  read(hostId: string): Promise<StoredHost>;
  apply(plan: Plan): Promise<void>;
  exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T>;
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

  constructor(database: Database) {
    this.#database = database;
  }

  /** What to call it in messages. */
  get place(): string {
    return this.#database.place;
  }

  /** All that is stored of one host. */
  async read(hostId: string): Promise<StoredHost> {
    const { rows } = await this.#database.query(readSql, [hostId]);
    return decodeHost(rows[0]?.['host'] ?? null, rows[0]?.['sessions'] ?? '[]');
  }

  /**
   * Writes a plan, whole or not at all: one statement, none where there is nothing to write.
   * @throws {PlumblineError} `registry` where a row has been changed since it was read
   */
  async apply(plan: Plan): Promise<void> {
    if (plan.changes.length === 0 && plan.host === null) return;
    const { rows } = await this.#database.query(applySql, encodePlan(plan));
    if (Number(rows[0]?.['written']) === plan.changes.length) return;
    throw new PlumblineError('registry', `rows of ${plan.hostId} were changed by somebody else while they were read`, {
      hint: 'nothing was written; run it again',
      isTransient: true,
    });
  }

  /**
   * Runs reading, looking and writing as one transaction. Only one plumb at a time does so for a host: the others
   * wait, so that none plans on rows that are about to change.
   */
  async exclusively<T>(hostId: string, body: () => Promise<T>): Promise<T> {
    return transaction(this.#database, async () => {
      await this.#database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`plumbline:host:${hostId}`]);
      return body();
    });
  }

  /** Which connection this is, for `hold`. */
  connection(): Promise<Connection> {
    return connectionOf(this.#database);
  }

  /** Makes this host connected for as long as this connection lives. */
  hold(hostId: string, formers: readonly Connection[]): Promise<void> {
    return holdConnected(this.#database, hostId, formers);
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
