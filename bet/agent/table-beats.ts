import pg from 'pg';
import type { AgentRole } from '../world/contract.ts';
import type { BeatQueue } from './beat-queue.ts';
import type { AgentSettings } from './talk.ts';

/** Where and what to register. */
interface TableBeatsOptions {
  readonly role: AgentRole;
  /** Between two beats; null where registering once is the bargain. */
  readonly seconds: number | null;
  readonly database: AgentSettings['database'];
  readonly self: {
    readonly name: string;
    readonly host: string;
    readonly pid: number;
    readonly pane: string | null;
  };
  readonly queue: BeatQueue;
}

const RETRY_MS = 1000;
/** A server that has gone closes its connections; this is for one that says nothing, and not for us being slow. */
const PATIENCE_MS = 60_000;
/** Classes of SQLSTATE that pass: no connection, no room, shutting down or starting up. */
const PASSING = /^(?:08|53|57P)/;

/** Registers in one table, and says so again every so many seconds where that is the bargain. */
export class TableBeats {
  readonly #options: TableBeatsOptions;
  #client: pg.Client | null = null;
  #isEnding = false;

  constructor(options: TableBeatsOptions) {
    this.#options = options;
  }

  /** Registers, again and again until it is through; then beats by the clock: one that is late at once, those that were missed not. */
  begin(): void {
    void this.#begin();
  }

  /** Takes itself off, if the row is still its own: whoever has come after it has registered already. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const { role, self, queue } = this.#options;
    await queue
      .add(role, async () => {
        const text = `update ${role} set status = 'dead', last_seen = now() where name = $1 and pid = $2 and host = $3`;
        await this.#query('goodbye', text, [self.name, self.pid, self.host]);
      })
      .catch(() => {});
  }

  async #begin(): Promise<void> {
    const { seconds, self } = this.#options;
    await this.#untilThrough(() => this.#register());
    if (seconds === null) return;
    const text = `update ${this.#options.role} set last_seen = now(), status = 'alive', pid = $2, host = $3, pane = $4
      where name = $1`;
    const started = performance.now();
    while (!this.#isEnding) {
      const beats = Math.floor((performance.now() - started) / (seconds * 1000)) + 1;
      await pause(started + beats * seconds * 1000 - performance.now());
      await this.#untilThrough(async () => {
        const found = await this.#query('beat', text, [self.name, self.pid, self.host, self.pane]);
        if (found === 0) await this.#register();
      });
    }
  }

  async #register(): Promise<void> {
    const { role, self } = this.#options;
    const text = `insert into ${role} (name, host, pid, pane, status, last_seen) values ($1, $2, $3, $4, 'alive', now())
      on conflict (name) do update
      set host = excluded.host, pid = excluded.pid, pane = excluded.pane, status = 'alive', last_seen = now()`;
    await this.#query('register', text, [self.name, self.host, self.pid, self.pane]);
  }

  async #untilThrough(work: () => Promise<void>): Promise<void> {
    const { role, queue } = this.#options;
    while (!this.#isEnding) {
      try {
        return await queue.add(role, async () => {
          if (!this.#isEnding) await work();
        });
      } catch (error) {
        // A mistake of ours does not pass.
        if (error instanceof pg.DatabaseError && !PASSING.test(error.code ?? '')) throw error;
        // The database is away: it is asked again.
        await pause(RETRY_MS);
      }
    }
  }

  /** How many rows it has changed. A connection that has failed is not asked again. */
  async #query(name: string, text: string, values: readonly unknown[]): Promise<number> {
    this.#client ??= await this.#connect();
    try {
      return (await this.#client.query({ name, text, values: [...values] })).rowCount ?? 0;
    } catch (error) {
      const client = this.#client;
      this.#client = null;
      void client?.end().catch(() => {});
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const { role, database } = this.#options;
    const patience = { connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS };
    const client = new pg.Client({ ...database, user: role, ...patience });
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    await client.connect();
    return client;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
