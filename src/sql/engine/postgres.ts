import { framesOf } from '../protocol/answer.ts';
import { frontend } from '../protocol/frontend.ts';
import { AnswerBytes } from './answer-bytes.ts';
import { EngineDied } from './engine-died.ts';
import { type FileSystem, KernelFiles } from './kernel-files.ts';
import { type PgliteStart, type RunningPglite, startPglite } from './pglite.ts';

/** What the engine's Postgres is started with. */
export interface PostgresStart extends PgliteStart {
  /** The live tables that are in it. */
  readonly tables: readonly string[];
}

/** One run. */
export interface PostgresRun {
  /** What comes first, each for itself: nothing of what they answer is told. */
  readonly before: readonly Uint8Array[];
  readonly frames: Uint8Array;
  /** What can be read. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly maxBytes: number;
}

/** What came of it. */
export type PostgresAnswer =
  /** `done`: how many of `before` went well; where not all did, `frames` are of the one that did not. */
  | { readonly kind: 'answer'; readonly frames: Uint8Array<ArrayBuffer>; readonly done: number }
  | { readonly kind: 'too_much'; readonly done: number };

/** What is behind the frames: one Postgres, without any data but the live tables. It runs one thing at a time. */
export class Postgres {
  readonly #pglite: RunningPglite;
  readonly #files: KernelFiles;
  readonly #answer = new AnswerBytes();

  /** @throws {EngineDied} where it does not start */
  static async start(options: PostgresStart): Promise<Postgres> {
    return new Postgres(await startPglite(options), options.tables);
  }

  private constructor(pglite: RunningPglite, tables: readonly string[]) {
    this.#pglite = pglite;
    this.#files = new KernelFiles(pglite.db.Module.FS as unknown as FileSystem, tables);
  }

  /** Its code, for the next one to start sooner. */
  get code(): WebAssembly.Module {
    return this.#pglite.code;
  }

  /** Bytes of its memory: it only grows. */
  get memory(): number {
    return this.#pglite.memory.buffer.byteLength;
  }

  /** @throws {EngineDied} where it has not survived that */
  async run({ before, frames, contents, maxBytes }: PostgresRun): Promise<PostgresAnswer> {
    this.#files.give(contents);
    try {
      let done = 0;
      for (const one of before) {
        await this.#send(one, Number.POSITIVE_INFINITY);
        const answer = this.#answer.take();
        if (hasFailed(answer)) return { kind: 'answer', frames: answer, done };
        done++;
      }
      await this.#send(frames, maxBytes);
      if (!this.#answer.isTooLong) return { kind: 'answer', frames: this.#answer.take(), done };
      this.#answer.drop();
      return { kind: 'too_much', done };
    } finally {
      this.#files.give(new Map());
    }
  }

  close(): Promise<void> {
    return this.#pglite.db.close();
  }

  /** Sends one Query, or what ends in Sync, and has the answer in `#answer` then. */
  async #send(frames: Uint8Array, maxBytes: number): Promise<void> {
    const { db, whyDead } = this.#pglite;
    this.#answer.begin(maxBytes);
    try {
      await db.execProtocolRawStream(frames, { syncToFs: false, onRawData: (bytes) => this.#collect(bytes) });
    } catch (error) {
      throw new EngineDied(whyDead() ?? String(error));
    }
    const why = whyDead();
    if (why !== null) throw new EngineDied(why);
    if (this.#answer.isTooLong) this.#interrupt(0);
    else if (!this.#answer.takeReady()) throw new EngineDied('it has not answered');
    if (db.isInTransaction()) await this.#leaveTransaction();
  }

  #collect(bytes: Uint8Array): void {
    if (!this.#answer.add(bytes)) this.#interrupt(1);
  }

  /** What a signal does to a Postgres: it looks at these before each row, and ends the statement. */
  #interrupt(value: 0 | 1): void {
    const { HEAPU8, _QueryCancelPending, _InterruptPending } = this.#pglite.db.Module as unknown as Interruptible;
    const view = new DataView(HEAPU8.buffer);
    for (const address of [_QueryCancelPending, _InterruptPending]) view.setInt32(address, value, true);
  }

  /** Nothing goes on from one run to the next. */
  async #leaveTransaction(): Promise<void> {
    const { db, whyDead } = this.#pglite;
    await db.execProtocolRawStream(frontend.query('rollback'), { syncToFs: false, onRawData: () => {} });
    const why = whyDead();
    if (why !== null) throw new EngineDied(why);
  }
}

function hasFailed(answer: Uint8Array): boolean {
  return [...framesOf(answer)].some(({ type }) => type === 'E');
}

/** Addresses of Postgres's own variables, which PGlite tells for extensions to be linked. */
interface Interruptible {
  readonly HEAPU8: Uint8Array;
  readonly _QueryCancelPending: number;
  readonly _InterruptPending: number;
}
