import { SqlError } from '../sql-error.ts';
import { EngineThread } from './engine-thread.ts';
import type { ThreadStart } from './thread-messages.ts';

/** So often in a row it is tried at once; then at intervals that double. */
const AT_ONCE = 2;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Starts threads, one at a time. What does not start is tried again, but never all the time. */
export class EngineStarter {
  readonly #file: string;
  readonly #start: Omit<ThreadStart, 'code'>;
  #code: WebAssembly.Module | null = null;
  #starting: Promise<EngineThread> | null = null;
  #thread: EngineThread | null = null;
  #failures = 0;
  #why = '';
  /** By performance.now(). */
  #notBefore = 0;
  #isClosed = false;

  constructor(file: string, start: Omit<ThreadStart, 'code'>) {
    this.#file = file;
    this.#start = start;
  }

  /**
   * A thread that is ready; the one that is being started, if there is one.
   * @throws {SqlError} `57P03` where two in a row have not started, and soon after
   */
  start(): Promise<EngineThread> {
    this.#starting ??= this.#tryToStart().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.end('it was closed');
  }

  async #tryToStart(): Promise<EngineThread> {
    const pause = this.#notBefore - performance.now();
    if (pause > 0) throw cannotStart(this.#why, pause);
    for (;;) {
      const thread = new EngineThread(this.#file, { ...this.#start, code: this.#code });
      this.#thread = thread;
      try {
        this.#code = await thread.ready;
        this.#failures = 0;
        return thread;
      } catch (error) {
        this.#why = (error as Error).message;
        this.#failures++;
        if (this.#isClosed || this.#failures >= AT_ONCE) throw cannotStart(this.#why, this.#wait());
      }
    }
  }

  /** Sets when it is tried again, and tells in how long that is. */
  #wait(): number {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - AT_ONCE), LONGEST_PAUSE_MS);
    this.#notBefore = performance.now() + pause;
    return pause;
  }
}

function cannotStart(why: string, pauseMs: number): SqlError {
  const isMemory = /allocate memory|out of memory/i.test(why);
  const first = isMemory ? 'it needs 200 MB of memory, and ulimit -v unlimited; ' : '';
  return new SqlError('57P03', `the database engine does not start: ${why}`, {
    hint: `${first}it is tried again in ${Math.ceil(pauseMs / 1000)} s`,
  });
}
