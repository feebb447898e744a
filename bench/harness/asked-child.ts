import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import proc from 'node:process';
import readline from 'node:readline';
import type { Sample } from './measure.ts';

/** A program that does its work once for every line on its standard input, and answers with what that cost. */
export class AskedChild {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(script: string, args: readonly string[]) {
    const child = spawn(proc.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#answers = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer extends Sample = Sample>(): Promise<Answer> {
    this.#child.stdin?.write('\n');
    const answer = await this.#answers.next();
    if (answer.done) throw new Error('the child ended without an answer');
    return JSON.parse(answer.value) as Answer;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }
}
