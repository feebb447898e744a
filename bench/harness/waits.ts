// What the backends of a server wait for, sampled.
import type { Database } from '../../src/registry/database.ts';
import { connect } from './server.ts';

const SAMPLE_MS = 100;

/** Asks every tenth of a second. */
export class WaitSampler {
  readonly #database: Database;
  readonly #seen = new Map<string, number>();
  #samples = 0;
  #loop: Promise<void> | null = null;
  #isRunning = false;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(url: string): Promise<WaitSampler> {
    return new WaitSampler(await connect(url));
  }

  start(): void {
    this.#seen.clear();
    this.#samples = 0;
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  /** What was waited for most, and by how many backends on average: `IO:WALSync 0.3`. */
  async stop(): Promise<string> {
    this.#isRunning = false;
    await this.#loop;
    const [most] = [...this.#seen].sort(([, a], [, b]) => b - a);
    return most ? `${most[0]} ${(most[1] / this.#samples).toFixed(2)}` : 'none';
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      // Who waits for its client has nothing to do.
      const { rows } = await this.#database.query(
        `select wait_event_type || ':' || wait_event as event, count(*) as backends from pg_stat_activity
         where backend_type = 'client backend' and state <> 'idle' and wait_event_type <> 'Client' group by 1`,
      );
      this.#samples++;
      for (const row of rows) {
        const event = row['event'] ?? '';
        this.#seen.set(event, (this.#seen.get(event) ?? 0) + Number(row['backends']));
      }
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  }
}
