import { Client } from 'pg';

/** What a statement gave, or why it gave nothing. */
export type Answer =
  | { readonly rows: readonly Readonly<Record<string, string | null>>[] }
  | { readonly failure: string };

/** A connection that is made anew when it is wanted: the server comes and goes. */
export class Asker {
  readonly #url: string;
  #client: Client | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** One statement; all values as the text that the server sends. */
  async ask(text: string, values: readonly unknown[] = []): Promise<Answer> {
    try {
      const { rows } = await (await this.#connected()).query(text, [...values]);
      return { rows };
    } catch (error) {
      await this.close();
      return { failure: String(error) };
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const types = { getTypeParser: () => (text: string) => text };
    const client = new Client({
      connectionString: this.#url,
      query_timeout: 10_000,
      connectionTimeoutMillis: 5000,
      types,
    });
    // Told between two statements as well: the next one is asked over a connection of its own.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    await client.connect();
    this.#client = client;
    return client;
  }
}
