import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from './clock.ts';

/** Where terminals appear and disappear. */
const DEVPTS = '/dev/pts';
/** After output on a terminal, which older kernels tell as well; and where the directory is another one now. */
const REST_MS = 200;
/** Where there is no such directory, or no more watches are to be had. */
const RETRY_MS = 10_000;

/** What to call, and when. */
export interface TerminalWatchOptions {
  readonly clock: Clock;
  /** A terminal has come or gone. */
  readonly wake: () => void;
  /** Told once what cannot be watched. */
  readonly note: (message: string) => void;
  readonly directory?: string;
}

/**
 * Says when terminals come and go, so that a look need not wait for the interval. It never says which: the look does.
 *
 * Source: inotify on /dev/pts, by fs.watch: `rename N` when the master is opened, and when it is closed. Kernels before
 *         the spring of 2026 also tell each write to a terminal (`change N`): the watch then rests for a moment, and
 *         the names are compared after it. Lost with a mount on top or an unmount, which is told as the directory's own.
 * Needs:  nothing; terminals of another devpts instance (containers) are not told, and wait for the interval
 */
export class TerminalWatch {
  readonly #options: TerminalWatchOptions;
  readonly #directory: string;
  #watcher: fs.FSWatcher | undefined;
  #callOff = () => {};
  #names: string;
  #hasTold = false;

  constructor(options: TerminalWatchOptions) {
    this.#options = options;
    this.#directory = options.directory ?? DEVPTS;
    this.#names = this.#list();
    this.#arm();
  }

  close(): void {
    this.#callOff();
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #arm(): void {
    try {
      this.#watcher = fs.watch(this.#directory, (event, name) => this.#told(event, name));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#watcher.on('error', (error) => this.#fail(error));
    const names = this.#list();
    if (names !== this.#names) this.#options.wake();
    this.#names = names;
  }

  #told(event: string, name: string | null): void {
    const isOwn = name === null || name === path.basename(this.#directory);
    if (event === 'rename') this.#options.wake();
    if (event !== 'rename' || isOwn) this.#rest(REST_MS);
  }

  #fail(error: unknown): void {
    if (!this.#hasTold) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      this.#options.note(`${this.#directory} cannot be watched (${why}): new terminals are seen at the interval only`);
    }
    this.#hasTold = true;
    this.#rest(RETRY_MS);
  }

  #rest(ms: number): void {
    this.close();
    this.#names = this.#list();
    this.#callOff = this.#options.clock.after(ms, () => this.#arm());
  }

  /** In one text; empty where it cannot be had, which `#arm` tells. */
  #list(): string {
    try {
      return fs.readdirSync(this.#directory).sort().join(' ');
    } catch {
      return '';
    }
  }
}
