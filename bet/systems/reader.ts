import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import type { Reading } from '../model.ts';
import { DEADLINE_MS } from './asker.ts';
import type { CpuMeter } from './cpu-meter.ts';
import { endChild } from './keeper.ts';
import type { ReaderOrder } from './reader-order.ts';
import { clockMs, parseReadingLine } from './reading-line.ts';

/** How a reader is started. */
export interface ReaderOptions {
  /** The bundled entry. */
  readonly entry: string;
  readonly order: ReaderOrder;
  readonly log: string;
  readonly meter: CpuMeter;
}

/** Its own deadline ends a reading, unless it hangs itself. */
const PATIENCE_MS = DEADLINE_MS + 2000;

/** The process that asks one system, so that its CPU time is that of asking. */
export class Reader {
  readonly #options: ReaderOptions;
  #child: ChildProcessWithoutNullStreams | null = null;
  #tell: (reading: Reading | null) => void = () => {};
  #readings = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  get readings(): number {
    return this.#readings;
  }

  /** One at a time. It never rejects: what goes wrong is a failure. */
  async read(): Promise<Reading> {
    this.#readings++;
    this.#child ??= this.#start();
    const asked = clockMs();
    const child = this.#child;
    const told = new Promise<Reading | null>((resolve) => {
      this.#tell = resolve;
    });
    const timer = setTimeout(() => this.#tell(null), PATIENCE_MS);
    child.stdin.write('read\n');
    const reading = await told;
    clearTimeout(timer);
    if (reading !== null) return reading;
    child.kill('SIGKILL');
    if (this.#child === child) this.#child = null;
    return { asked, answered: clockMs(), failure: 'the reader did not answer' };
  }

  async end(): Promise<void> {
    if (this.#child) await endChild(this.#child);
  }

  #start(): ChildProcessWithoutNullStreams {
    const { entry, order, log, meter } = this.#options;
    const words = ['--pdeathsig', 'KILL', process.execPath, entry, JSON.stringify(order)];
    const child = spawn('setpriv', words);
    child.stderr.pipe(fs.createWriteStream(log, { flags: 'a' }));
    meter.follow(child.pid);
    // It has ended: the exit says so.
    child.stdin.on('error', () => {});
    // What one says that was given up is no answer to what the next is asked.
    const isAsked = () => this.#child === child;
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      if (isAsked()) this.#tell(parseReadingLine(line));
    });
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#tell(null);
    });
    return child;
  }
}
