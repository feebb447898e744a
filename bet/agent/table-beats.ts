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
    /** As it is now: a terminal may go while the session stays. */
    readonly pane: () => string | null;
  };
  readonly queue: BeatQueue;
}

const RETRY_MS = 1000;
/** A server that has gone closes its connections; this is for one that says nothing, and not for us being slow. */
const PATIENCE_MS = 60_000;
/** Classes of SQLSTATE that pass: no connection, no room, shutting down or starting up. */
const PASSING = /^(?:08|53|57P)/;

/**
 * Which beat is next, where registering is 0 and each comes a period later: those whose time has passed meanwhile are
 * left out, so that one which had to wait is not doubled. Nor is one that the timer has let out a little early.
 * @param last the number of the last one
 * @param passed how long ago it has registered
 */
export function nextBeat(last: number, passed: number, period: number): number {
  return Math.max(last, Math.floor(passed / period)) + 1;
}

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

  /** Takes itself off, if the row is still its own: whoever has come after it has registered already. It tries as long as it is let. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const { role, self } = this.#options;
    const text = `update ${role} set status = 'dead', last_seen = now() where name = $1 and pid = $2 and host = $3`;
    await this.#untilThrough(async () => {
      await this.#query('goodbye', text, [self.name, self.pid, self.host]);
    });
  }

  async #begin(): Promise<void> {
    const { seconds } = this.#options;
    await this.#untilThrough(() => this.#unlessEnding(() => this.#register()));
    if (seconds === null) return;
    const started = performance.now();
    for (let beat = 0; !this.#isEnding; ) {
      beat = nextBeat(beat, performance.now() - started, seconds * 1000);
      await pause(started + beat * seconds * 1000 - performance.now());
      await this.#untilThrough(() => this.#unlessEnding(() => this.#beat()));
    }
  }

  async #beat(): Promise<void> {
    const { role, self } = this.#options;
    const text = `update ${role} set last_seen = now(), status = 'alive', pid = $2, host = $3, pane = $4
      where name = $1`;
    const found = await this.#query('beat', text, [self.name, self.pid, self.host, self.pane()]);
    if (found === 0) await this.#unlessEnding(() => this.#register());
  }

  async #register(): Promise<void> {
    const { role, self } = this.#options;
    const text = `insert into ${role} (name, host, pid, pane, status, last_seen) values ($1, $2, $3, $4, 'alive', now())
      on conflict (name) do update
      set host = excluded.host, pid = excluded.pid, pane = excluded.pane, status = 'alive', last_seen = now()`;
    await this.#query('register', text, [self.name, self.host, self.pid, self.pane()]);
  }

  /** Nobody who has said goodbye says that he is there. */
  async #unlessEnding(work: () => Promise<void>): Promise<void> {
    if (!this.#isEnding) await work();
  }

  async #untilThrough(work: () => Promise<void>): Promise<void> {
    const { role, queue } = this.#options;
    for (;;) {
      try {
        return await queue.add(role, work);
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
