import type { Client } from 'pg';
import type { Answer, Database } from '../database.ts';
import { fromDatabase } from '../database-errors.ts';
import { connectPostgres, endPostgres } from './connect.ts';

/** How long to wait for another plumb that holds this host's rows, and for any one statement. */
const SETTINGS = `set lock_timeout = '10s'; set statement_timeout = '60s'; set timezone = 'UTC'`;

/**
 * Connects to a server, with libpq's URLs, environment, sockets, TLS modes and password file.
 * @param answerWithinMs how long a statement may take before the server counts as gone; null: as long as it likes
 * @throws {PlumblineError} `config` for the URL, `registry` where there is no way in
 */
export async function openPostgres(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  answerWithinMs: number | null = null,
): Promise<Database> {
  const { client, place } = await connectPostgres(url, env, answerWithinMs);
  const server = new Server(client, place);
  try {
    await server.script(SETTINGS);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

class Server implements Database {
  readonly place: string;
  readonly hasAutovacuum = true;
  readonly #client: Client;

  constructor(client: Client, place: string) {
    this.#client = client;
    this.place = place;
  }

  get announcedPid(): number | null {
    // @types/pg does not know it; pg keeps it to cancel queries.
    return (this.#client as Client & { readonly processID: number | null }).processID;
  }

  onEnd(run: () => void): void {
    this.#client.on('end', run);
  }

  async query(text: string, parameters: readonly (string | null)[] = []): Promise<Answer> {
    // Text in, text out: a number could be rounded, and a time loses its microseconds.
    const types = { getTypeParser: () => (value: string) => value };
    try {
      const result = await this.#client.query({ text, values: [...parameters], types });
      return { rows: result.rows, count: result.rowCount ?? 0 };
    } catch (error) {
      throw fromDatabase(error, this.place);
    }
  }

  async script(text: string): Promise<void> {
    await this.#client.query(text).catch((error: unknown) => {
      throw fromDatabase(error, this.place);
    });
  }

  close(): Promise<void> {
    return endPostgres(this.#client);
  }
}
