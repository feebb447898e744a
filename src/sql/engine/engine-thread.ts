import { Worker } from 'node:worker_threads';
import { EngineDied } from './engine-died.ts';
import { SharedMemory } from './shared-memory.ts';
import type { ThreadReply, ThreadStart } from './thread-messages.ts';

/** What is run in the thread. */
export interface ThreadRun {
  readonly before: readonly Uint8Array[];
  readonly frames: Uint8Array;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly maxBytes: number;
}

/** What the thread answers. */
export type ThreadAnswer = Extract<ThreadReply, { kind: 'answer' | 'too_much' }>;

/** It is wanted within this time, or not at all: a machine that is that slow answers nobody. */
const START_MS = 60_000;

/** Bounds of JavaScript's own memory in the thread: what Postgres has stands beside it. */
const LIMITS = {
  maxYoungGenerationSizeMb: 4,
  maxOldGenerationSizeMb: 128,
  // More than `max_stack_depth` needs, so that Postgres says that it is too deep, and not this: some of its functions take
  // ten times as much of this stack as of the one that it counts.
  stackSizeMb: 32,
} as const;

/** One thread with one Postgres in it, from its start to its end. It runs one thing at a time. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #memory = new SharedMemory();
  #waiting: { readonly resolve: (answer: ThreadAnswer) => void; readonly reject: (error: EngineDied) => void } | null =
    null;
  #why: string | null = null;
  /** Its compiled code, for the next one to start sooner. @throws {EngineDied} where it does not start */
  readonly ready: Promise<WebAssembly.Module>;
  /** When it has ended, however: the reason. */
  readonly ended: Promise<string>;

  /** @param file what the build has made of worker.ts */
  constructor(file: string, start: ThreadStart) {
    const worker = new Worker(file, {
      workerData: start,
      resourceLimits: LIMITS,
      name: 'plumb-postgres',
      // Nothing of what the process was started with is its business, nor is the terminal.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    worker.stdout.resume();
    worker.stderr.resume();
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(`it was not ready within ${START_MS / 1000} s`), START_MS);
      worker.on('message', (reply: ThreadReply) => {
        if (reply.kind === 'ready') {
          clearTimeout(timer);
          resolve(reply.code);
        } else if (reply.kind === 'died') this.end(reply.why);
        else this.#answered(reply);
      });
      worker.once('exit', () => {
        clearTimeout(timer);
        reject(new EngineDied(this.#why ?? 'its thread has ended'));
      });
    });
    // Whoever waits for it hears of it; nobody need.
    this.ready.catch(() => {});
    worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#why ??= error.message;
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#why ??= 'its thread has ended';
        this.#waiting?.reject(new EngineDied(this.#why));
        this.#waiting = null;
        resolve(this.#why);
      });
    });
  }

  /** Whether it is over with it, as far as that is known. */
  get isOver(): boolean {
    return this.#why !== null;
  }

  /** @throws {EngineDied} where it ends before it has answered */
  run({ before, frames, contents, maxBytes }: ThreadRun): Promise<ThreadAnswer> {
    const all = [...before, frames, ...contents.values()];
    this.#memory.begin(all.reduce((sum, { length }) => sum + length, 0));
    const request = {
      before: before.map((it) => this.#memory.put(it)),
      frames: this.#memory.put(frames),
      contents: [...contents].map(([table, bytes]) => [table, this.#memory.put(bytes)] as const),
      memory: this.#memory.buffer,
      maxBytes,
    };
    return new Promise((resolve, reject) => {
      if (this.#why !== null) throw new EngineDied(this.#why);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(request);
    });
  }

  /** Ends it, whatever it does. What runs in it is told why. */
  async end(why: string): Promise<void> {
    this.#why ??= why;
    this.#waiting?.reject(new EngineDied(this.#why));
    this.#waiting = null;
    await this.#worker.terminate();
  }

  #answered(answer: ThreadAnswer): void {
    // Nothing large is kept for a request that may not come.
    this.#memory.begin(0);
    this.#waiting?.resolve(answer);
    this.#waiting = null;
  }
}
