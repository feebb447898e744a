import type { SqlError } from '../sql-error.ts';
import type { Engine, EngineJob } from './engine.ts';
import { EngineStarter } from './engine-starter.ts';
import type { EngineThread, ThreadAnswer } from './engine-thread.ts';
import { HeldByEngine } from './held-by-engine.ts';
import { cancelled, closing, died, held, tooMuch, tooSlow, waited } from './job-errors.ts';
import { checkJob } from './job-frames.ts';
import type { ThreadStart } from './thread-messages.ts';

/** More memory than this is not kept: PGlite begins with half of it, and gives none back. */
const KEPT_MEMORY = 256 << 20;

/** What setTimeout can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/** A job that has not been answered. */
interface Pending {
  readonly job: EngineJob;
  readonly resolve: (frames: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: () => void;
  /** Of its wait. */
  readonly patience: NodeJS.Timeout;
}

/** What is needed to run an engine in a thread. */
export interface ThreadEngineOptions extends Omit<ThreadStart, 'code'> {
  /** What the build has made of worker.ts. */
  readonly file: string;
  /** Told when a thread has been ended and another is started, and why. */
  readonly onReplaced?: (why: string) => void;
  /** Each time when one is ready: what the one before it had is free. */
  readonly onStarted?: () => void;
}

/** Runs jobs one by one in a thread, which is ended where one does not end by itself, and replaced at once. */
export class ThreadEngine implements Engine {
  readonly #starter: EngineStarter;
  readonly #waiting: Pending[] = [];
  #running: Pending | null = null;
  #thread: EngineThread | null = null;
  #held = new HeldByEngine();
  /** What others wait for, and until when. */
  #hurried: Pending | null = null;
  #haste: NodeJS.Timeout | undefined;
  #isClosed = false;
  #whenIdle: (() => void)[] = [];
  readonly #onReplaced: (why: string) => void;
  readonly #onStarted: () => void;

  constructor({ file, onReplaced = () => undefined, onStarted = () => undefined, ...start }: ThreadEngineOptions) {
    this.#onReplaced = onReplaced;
    this.#onStarted = onStarted;
    this.#starter = new EngineStarter(file, start);
    this.#startThread();
  }

  run(job: EngineJob): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      checkJob(job);
      if (this.#isClosed) throw closing();
      if (job.signal.aborted) throw cancelled();
      const patience = after(job.limits.waitMs, () => this.#drop(pending, waited()));
      const pending: Pending = { job, resolve, reject, onAbort: () => this.#abort(pending), patience };
      job.signal.addEventListener('abort', pending.onAbort, { once: true });
      this.#waiting.push(pending);
      this.#next();
      this.#hurry();
    });
  }

  /** Waits until nothing runs, and nothing waits for it. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  forget(owner: object): void {
    this.#held.forget(owner);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#haste);
    this.#tellIdle();
    const all = [...(this.#running === null ? [] : [this.#running]), ...this.#waiting.splice(0)];
    this.#running = null;
    for (const pending of all) fail(pending, closing());
    const thread = this.#thread;
    this.#thread = null;
    await Promise.all([thread?.end('it was closed'), this.#starter.close()]);
  }

  get #isIdle(): boolean {
    return this.#isClosed || (this.#running === null && this.#waiting.length === 0);
  }

  #tellIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Runs what has waited for longest, if nothing runs. */
  #next(): void {
    if (this.#isIdle) this.#tellIdle();
    if (this.#isClosed || this.#running !== null || this.#waiting.length === 0) return;
    const thread = this.#thread;
    // One that has died while nothing ran is no job's fault.
    if (thread === null || thread.isOver) {
      this.#thread = null;
      this.#startThread();
      return;
    }
    const pending = this.#waiting.shift() as Pending;
    clearTimeout(pending.patience);
    this.#running = pending;
    this.#hurry();
    this.#run(thread, pending).catch((error: unknown) => this.#settle(pending, () => fail(pending, error)));
  }

  async #run(thread: EngineThread, pending: Pending): Promise<void> {
    const { job } = pending;
    const { frames: before, done } = this.#held.before(job);
    const timer = this.#watch(pending);
    try {
      const run = { before, frames: job.frames, contents: job.tables, maxBytes: job.limits.bytes };
      const answer = await thread.run(run);
      done(answer.done);
      if (this.#running === pending && answer.memory > KEPT_MEMORY) this.#replace('its memory has grown');
      this.#settle(pending, () => succeed(pending, answer));
    } catch (error) {
      // It may be ended on purpose, and that was told where it was done.
      if (this.#running === pending) this.#replace(String(error));
      throw died(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whatever comes later of this job is not its answer any more. */
  #settle(pending: Pending, tell: () => void): void {
    if (this.#running !== pending) return;
    this.#running = null;
    tell();
    this.#next();
  }

  #watch(pending: Pending): NodeJS.Timeout {
    return after(pending.job.limits.ms, () => this.#end(pending, tooSlow()));
  }

  /** From now on somebody waits for what runs. */
  #hurry(): void {
    const pending = this.#running;
    if (pending === null || this.#waiting.length === 0 || this.#hurried === pending) return;
    this.#hurried = pending;
    clearTimeout(this.#haste);
    this.#haste = after(pending.job.limits.sharedMs, () => {
      // Who waited may have given up; another one begins the time anew.
      this.#hurried = null;
      if (this.#waiting.length > 0) this.#end(pending, held());
    });
  }

  #abort(pending: Pending): void {
    if (!this.#drop(pending, cancelled())) this.#end(pending, cancelled());
  }

  /** Takes a job out of those that wait, if it is one of them. */
  #drop(pending: Pending, error: SqlError): boolean {
    const at = this.#waiting.indexOf(pending);
    if (at === -1) return false;
    this.#waiting.splice(at, 1);
    fail(pending, error);
    return true;
  }

  /** Ends a job that runs, and with it the thread: nothing else stops it. */
  #end(pending: Pending, error: SqlError): void {
    if (this.#running !== pending) return;
    this.#running = null;
    fail(pending, error);
    this.#replace(error.message);
  }

  #replace(why: string): void {
    const thread = this.#thread;
    this.#thread = null;
    // Its promise is of the thread's end alone, which nothing waits for.
    thread?.end(why);
    this.#onReplaced(why);
    this.#startThread();
  }

  #startThread(): void {
    this.#held = new HeldByEngine();
    this.#starter.start().then(
      (thread) => this.#started(thread),
      (error: unknown) => {
        for (const pending of this.#waiting.splice(0)) fail(pending, error);
      },
    );
  }

  #started(thread: EngineThread): void {
    if (thread === this.#thread) return;
    this.#thread = thread;
    this.#onStarted();
    // One that ends while nothing runs is replaced when it is needed.
    thread.ended.then(() => {
      if (this.#thread === thread && this.#running === null) this.#thread = null;
    });
    this.#next();
  }
}

/** What has come already goes first: where the process was busy, it waits behind the timer. */
function after(ms: number, then: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(then), Math.min(ms, LONGEST_MS));
}

function succeed({ job, resolve, reject, onAbort }: Pending, answer: ThreadAnswer): void {
  job.signal.removeEventListener('abort', onAbort);
  if (answer.kind === 'answer') resolve(answer.frames);
  else reject(tooMuch(job.limits.bytes));
}

function fail({ job, reject, onAbort, patience }: Pending, error: unknown): void {
  clearTimeout(patience);
  job.signal.removeEventListener('abort', onAbort);
  reject(error);
}
