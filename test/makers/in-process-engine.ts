import template from 'plumbline:registry-template';
import { PGlite } from '@electric-sql/pglite';
import { file_fdw } from '@electric-sql/pglite/contrib/file_fdw';
import { createTables } from '../../src/sql/engine/ddl.ts';
import type { Engine, EngineJob } from '../../src/sql/engine/engine.ts';
import { HeldByEngine } from '../../src/sql/engine/held-by-engine.ts';
import { type FileSystem, KernelFiles } from '../../src/sql/engine/kernel-files.ts';
import { framesOf } from '../../src/sql/protocol/answer.ts';
import { frontend } from '../../src/sql/protocol/frontend.ts';
import { SqlError } from '../../src/sql/sql-error.ts';
import type { LiveTable } from '../../src/sql/tables/live-table.ts';

/** A real Postgres in the test's own thread: what a session asks of it can be seen, held up, and fail. */
export class InProcessEngine implements Engine {
  readonly #db: PGlite;
  readonly #files: KernelFiles;
  readonly #held = new HeldByEngine();
  #last: Promise<unknown> = Promise.resolve();
  /** What was asked of it, in the order in which it was run. */
  readonly jobs: EngineJob[] = [];
  readonly forgotten: object[] = [];
  /** Called before each job: what it throws, the job has failed with. */
  before: (job: EngineJob) => Promise<void> | void = () => {};

  private constructor(db: PGlite, files: KernelFiles) {
    this.#db = db;
    this.#files = files;
  }

  static async start(tables: readonly LiveTable[]): Promise<InProcessEngine> {
    const db = new PGlite({
      loadDataDir: new Blob([new Uint8Array(template)]),
      extensions: { file_fdw },
      startParams: [...PGlite.defaultStartParams, '-c', 'default_transaction_read_only=on'],
    });
    await db.waitReady;
    const files = new KernelFiles(
      db.Module.FS as unknown as FileSystem,
      tables.map(({ name }) => name),
    );
    await db.exec('set default_transaction_read_only = off');
    await db.exec(createTables(tables));
    await db.exec('discard all');
    return new InProcessEngine(db, files);
  }

  run(job: EngineJob): Promise<Uint8Array> {
    const answer = this.#last.then(() => this.#run(job));
    this.#last = answer.catch(() => {});
    return answer;
  }

  forget(owner: object): void {
    this.forgotten.push(owner);
    this.#held.forget(owner);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#db.close();
  }

  async #run(job: EngineJob): Promise<Uint8Array> {
    this.jobs.push(job);
    if (job.signal.aborted) throw cancelled();
    await untilAborted(job.signal, this.before(job));
    this.#files.give(job.tables);
    const { frames: before, done } = this.#held.before(job);
    let count = 0;
    try {
      for (const frames of before) {
        const answer = await this.#send(frames);
        if ([...framesOf(answer)].some(({ type }) => type === 'E')) return answer;
        count++;
      }
      const answer = await this.#send(job.frames);
      if (answer.length > job.limits.bytes) throw new SqlError('54000', 'the result is too large');
      return answer;
    } finally {
      done(count);
      this.#files.give(new Map());
    }
  }

  async #send(frames: Uint8Array): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    const onRawData = (bytes: Uint8Array) => {
      pieces.push(Buffer.from(bytes));
    };
    await this.#db.execProtocolRawStream(frames, { syncToFs: false, onRawData });
    const READY_FOR_QUERY_LENGTH = 6;
    const all = Buffer.concat(pieces);
    if (this.#db.isInTransaction()) {
      await this.#db.execProtocolRawStream(frontend.query('rollback'), { syncToFs: false, onRawData: () => {} });
    }
    return all.subarray(0, all.length - READY_FOR_QUERY_LENGTH);
  }
}

async function untilAborted(signal: AbortSignal, what: Promise<void> | void): Promise<void> {
  if (what === undefined) return;
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(cancelled());
    signal.addEventListener('abort', abort);
  });
  try {
    await Promise.race([what, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function cancelled(): SqlError {
  return new SqlError('57014', 'canceling statement due to user request');
}
