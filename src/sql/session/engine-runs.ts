import type { Engine } from '../engine/engine.ts';
import { SqlError } from '../sql-error.ts';
import type { TableNeeds } from '../tables/live-table.ts';
import type { ServerMemory } from './server-memory.ts';
import type { SessionLimits, SessionOptions } from './session.ts';
import type { Settings } from './settings.ts';
import { milliseconds } from './time-setting.ts';

/** A prepared statement that the frames of a run name, and what makes it. */
export interface NamedStatement {
  readonly name: string;
  readonly frames: Uint8Array;
}

/** What is run. */
export interface Run {
  readonly frames: Uint8Array;
  readonly tables?: ReadonlyMap<string, Uint8Array>;
  readonly statement?: NamedStatement | null;
  /** Bytes of the answer, where they are fewer than of any result. */
  readonly maxBytes?: number;
}

/** Reads what was asked for, whenever that was. */
type Read = (needs: TableNeeds) => Promise<ReadonlyMap<string, Uint8Array>>;

/** What setTimeout can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

const NO_TABLES: ReadonlyMap<string, Uint8Array> = new Map();

/** One client's runs in the engine that all share: each within its time, and ended by a cancel. */
export class EngineRuns {
  readonly #engine: Engine;
  readonly #limits: SessionLimits;
  readonly #memory: ServerMemory;
  readonly #settings: Settings;
  /** Whose the runs are. */
  readonly #owner: object = {};
  #abort = new AbortController();
  #isBusy = false;
  #isEnded = false;
  #deadline = 0;
  /** Of the time that the client has set for itself, which passes while others are served, too. */
  #ownTime: NodeJS.Timeout | undefined;
  #isLate = false;
  /** Bytes of what the statement has been answered, and is not told yet. */
  #answered = 0;

  constructor({ engine, limits, memory }: Pick<SessionOptions, 'engine' | 'limits' | 'memory'>, settings: Settings) {
    this.#engine = engine;
    this.#limits = limits;
    this.#memory = memory;
    this.#settings = settings;
  }

  /** From here on, up to `rest`, a cancel means what runs. */
  begin(): void {
    this.#isBusy = true;
    this.nextStatement();
  }

  /** The time of a statement begins. */
  nextStatement(): void {
    this.#isTold();
    this.#deadline = performance.now() + this.#limits.statementMs;
    clearTimeout(this.#ownTime);
    const own = milliseconds(this.#settings.get('statement_timeout'));
    if (own > 0) this.#ownTime = setTimeout(() => this.#tooLate(), Math.min(own, LONGEST_MS));
  }

  /** What was asked for is answered. A cancel that has come too late means nothing any more. */
  rest(): void {
    this.#isBusy = false;
    this.#isTold();
    clearTimeout(this.#ownTime);
    if (!this.#abort.signal.aborted || this.#isEnded) return;
    this.#abort = new AbortController();
    this.#isLate = false;
  }

  cancel(): void {
    if (this.#isBusy) this.#abort.abort();
  }

  end(): void {
    this.#isEnded = true;
    this.#abort.abort();
    this.forget();
  }

  /** The engine has to be given what it has of this client anew. */
  forget(): void {
    this.#engine.forget(this.#owner);
  }

  /**
   * Runs one Query, or messages up to a Sync. The answer is kept up to the next statement, or `rest`.
   * @throws {SqlError} what `Engine.run` throws; `53200` where all clients together have too much kept for them
   */
  async run({ frames, tables = NO_TABLES, statement = null, maxBytes }: Run): Promise<Uint8Array> {
    const job = {
      owner: this.#owner,
      settings: () => this.#settings.frames(),
      statement,
      tables,
      frames,
      limits: {
        ms: this.#left(),
        sharedMs: this.#limits.sharedMs,
        waitMs: this.#limits.waitMs,
        bytes: Math.min(maxBytes ?? Number.POSITIVE_INFINITY, this.#limits.resultBytes),
      },
      signal: this.#abort.signal,
    };
    try {
      const answer = await this.#engine.run(job);
      this.#memory.take(answer.length);
      this.#answered += answer.length;
      return answer;
    } catch (error) {
      throw this.#isLate && error instanceof SqlError && error.sqlState === '57014' ? tooSlow() : error;
    }
  }

  /**
   * Reads what a statement needs of the kernel. What is not waited for any more goes on, and is told nobody.
   * @throws {SqlError} `57014` where it was cancelled, or takes longer than a statement may
   * @throws {PlumblineError} what `observe` throws
   */
  async look(needs: TableNeeds, read: Read): Promise<ReadonlyMap<string, Uint8Array>> {
    if (needs.tables.size === 0) return NO_TABLES;
    const left = this.#left();
    const { signal } = this.#abort;
    return await new Promise((resolve, reject) => {
      const cancelled = () => reject(this.#cancelled());
      const timer = setTimeout(() => reject(tooSlow()), Math.min(left, LONGEST_MS));
      signal.addEventListener('abort', cancelled, { once: true });
      read(needs)
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          signal.removeEventListener('abort', cancelled);
        });
    });
  }

  /** @throws {SqlError} `57014` where nothing is left, or it was cancelled before it has begun */
  #left(): number {
    if (this.#abort.signal.aborted) throw this.#cancelled();
    const left = this.#deadline - performance.now();
    if (left <= 0) throw tooSlow();
    return left;
  }

  #isTold(): void {
    this.#memory.giveBack(this.#answered);
    this.#answered = 0;
  }

  #tooLate(): void {
    this.#isLate = true;
    this.#abort.abort();
  }

  #cancelled(): SqlError {
    return this.#isLate ? tooSlow() : new SqlError('57014', 'canceling statement due to user request');
  }
}

function tooSlow(): SqlError {
  return new SqlError('57014', 'canceling statement due to statement timeout');
}
