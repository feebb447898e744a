import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CpuMeter } from './cpu-meter.ts';

/** How a keeper is started. */
export interface KeeperOptions {
  /** Arguments of node: a program and its words. */
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where what it says is written. */
  readonly log: string;
  readonly meter: CpuMeter;
}

const RESTART_MS = 1000;
const PATIENCE_MS = 5000;

/** A process that keeps a system's rows. It is a service: should it end, it is started again a second later. */
export class Keeper {
  readonly #options: KeeperOptions;
  #child: ChildProcess;
  #isEnding = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  /** Tells it to end, and waits for that. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await endChild(this.#child);
  }

  #start(): ChildProcess {
    const { words, env = {}, log, meter } = this.#options;
    const output = fs.openSync(log, 'a');
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...words], {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
    });
    fs.closeSync(output);
    meter.follow(child.pid);
    child.once('exit', (code, signal) => {
      if (this.#isEnding) return;
      fs.appendFileSync(log, `it ended with ${code ?? signal}\n`);
      setTimeout(() => {
        if (!this.#isEnding) this.#child = this.#start();
      }, RESTART_MS);
    });
    return child;
  }
}

/** Ends a child: asked at first, and then made to. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const waiting = new AbortController();
  const patience = sleep(PATIENCE_MS, undefined, { signal: waiting.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  await ended;
  waiting.abort();
  await patience;
}
