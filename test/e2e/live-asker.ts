import pg from 'pg';
import { pause } from '../storm/clock.ts';

/** What one answer says of a session. */
export interface AnsweredRow {
  readonly pid: number | null;
  readonly pane: string | null;
  /** Null: not known. */
  readonly status: string | null;
}

/** One answer, and between which times it was asked for and had. */
export interface Answered {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of every row of the table; of those that are not running no more than that, where only those were asked for. */
  readonly rows: ReadonlyMap<string, AnsweredRow>;
  readonly isOfRunning: boolean;
}

const RUNNING = `select name, pid, pane from agents where status = 'running'`;
const ALL = 'select name, pid, pane, status from agents';

/** An application that asks all the time, with nothing but the path changed, and remembers the answers. */
export class Asker {
  readonly answers: Answered[] = [];
  readonly #client: pg.Client;
  #isEnding = false;
  #asking: Promise<void> = Promise.resolve();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async start(url: string): Promise<Asker> {
    const client = new pg.Client(url.replace('@/', '@localhost/'));
    await client.connect();
    await client.query('set search_path = kernel, public');
    const asker = new Asker(client);
    // When a test has failed nobody waits for it.
    client.on('error', () => {});
    asker.#asking = asker.#askOn();
    asker.#asking.catch(() => {});
    return asker;
  }

  /** Asks once about all rows. */
  ask(): Promise<Answered> {
    return this.#query(ALL);
  }

  /** Waits for an answer whose question has not been asked yet. */
  async next(): Promise<void> {
    const wanted = this.answers.length + 2;
    while (this.answers.length < wanted) await Promise.race([this.#asking, pause(1)]);
  }

  /** Stops asking. @throws {Error} what a query has failed with */
  async settle(): Promise<void> {
    this.#isEnding = true;
    await this.#asking;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#asking.catch(() => {});
    await this.#client.end();
  }

  async #askOn(): Promise<void> {
    for (let round = 0; !this.#isEnding; round++) this.answers.push(await this.#query(round % 3 === 0 ? ALL : RUNNING));
  }

  async #query(text: string): Promise<Answered> {
    const fromMs = performance.now();
    const { rows } = await this.#client.query<{ name: string; pid: number; pane: string; status?: string | null }>(
      text,
    );
    const toMs = performance.now();
    const all = rows.map(({ name, pid, pane, status = 'running' }) => [name, { pid, pane, status }] as const);
    return { fromMs, toMs, rows: new Map(all), isOfRunning: text === RUNNING };
  }
}
