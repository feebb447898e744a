import fs from 'node:fs';
import path from 'node:path';
import { pidFileText } from '../systems/pid-file.ts';
import type { BeatQueue } from './beat-queue.ts';

/** Writes this agent's pid file, and removes it if it is still its own. */
export class PidFileKeeper {
  readonly #file: string;
  readonly #text: string;
  readonly #queue: BeatQueue;

  constructor(
    directory: string,
    self: { readonly name: string; readonly host: string; readonly pid: number; readonly pane: string | null },
    queue: BeatQueue,
  ) {
    this.#file = path.join(directory, `${self.name}.pid`);
    this.#text = pidFileText({ ...self, exe: fs.readlinkSync('/proc/self/exe') });
    this.#queue = queue;
  }

  write(): void {
    void this.#queue.add('pid file', () => {
      const draft = `${this.#file}.${process.pid}`;
      fs.writeFileSync(draft, this.#text);
      fs.renameSync(draft, this.#file);
    });
  }

  remove(): Promise<void> {
    return this.#queue.add('pid file', () => {
      if (fs.existsSync(this.#file) && fs.readFileSync(this.#file, 'utf8') === this.#text) fs.rmSync(this.#file);
    });
  }
}
