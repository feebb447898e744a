import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import type { Sample } from './measure.ts';

/** A program that is kept, and measures itself: a line on its standard input is a question, and gets one line of JSON. */
export class AskedChild {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor([file = '', ...argv]: readonly string[]) {
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    // What has ended is told by its missing answer.
    child.stdin.on('error', () => {});
    this.#child = child;
    this.#answers = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer extends Sample = Sample>(question = ''): Promise<Answer> {
    this.#child.stdin?.write(`${question}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(`${this.#child.spawnfile} ended without an answer`);
    return JSON.parse(answer.value) as Answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
