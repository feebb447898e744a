import pg from 'pg';
import { DEADLINE_MS } from './asker.ts';

/** Less than a reading may take, so that what went wrong is told in its own words. */
const PATIENCE_MS = DEADLINE_MS - 500;

/** A statement that is sent again and again: its name makes the server parse and plan it once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * A connection that is kept, as a service that asks all the time keeps it. It is lost with the first error, and made
 * anew by the next question.
 */
export class Connection {
  readonly #url: string;
  #client: Promise<pg.Client> | null = null;

  constructor(url: string) {
    // The driver wants a host before the query that names the real one.
    this.#url = url.replace('@/', '@localhost/');
  }

  /** Connects where it has to. @throws {Error} what the driver or the server says */
  async query<Row extends pg.QueryResultRow>(statement: Statement): Promise<Row[]> {
    const client = await this.connected();
    try {
      return (await client.query<Row>({ ...statement })).rows;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  /** Settles when there is a connection. @throws {Error} where there is none to be had */
  connected(): Promise<pg.Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  /** Whether a connection is there, as far as anybody has told. */
  get isConnected(): boolean {
    return this.#client !== null;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    const lose = () => {
      if (this.#known === client) this.#client = null;
    };
    client.on('error', lose);
    client.on('end', lose);
    this.#known = client;
    try {
      await client.connect();
      return client;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  #known: pg.Client | null = null;

  #drop(): void {
    // What ends with an answer outstanding closes the socket at once; how that ends is nobody's concern any more.
    this.#known?.end().catch(() => {});
    this.#client = null;
  }
}
