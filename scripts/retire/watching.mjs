import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { judge, RIGHT_NOW } from './judge.mjs';
import { nowMs, until } from './until.mjs';

const ASKER = path.join(import.meta.dirname, 'asker.mjs');

/** The reader in the background: every answer is kept with the phase that it was given in, and judged when that is over. */
export class Watching {
  #stage;
  #truth;
  #child = null;
  #answers = [];

  constructor(stage, truth) {
    this.#stage = stage;
    this.#truth = truth;
  }

  /** Begins to ask, or asks with the readers as they are now. */
  async again() {
    await this.end();
    const child = fork(ASKER, [], { cwd: this.#stage.app, env: this.#stage.env });
    this.#child = child;
    // What one that has been ended has still sent comes too late: it may be of another phase.
    child.on('message', (answer) => this.#child === child && this.#answers.push(answer));
  }

  /** Waits until an answer to a question that is asked from now on tells exactly what is so. */
  async settled() {
    const fromMs = nowMs();
    await until('the readers to tell what is so', () => {
      const last = this.#answers.at(-1);
      return last?.rows && last.askedMs > fromMs && isExact(judge(last, this.#truth, RIGHT_NOW));
    });
  }

  /** Waits for some more answers. */
  async more(count) {
    const wanted = this.#answers.length + count;
    await until('more answers', () => this.#answers.length >= wanted);
  }

  /**
   * What all answers since the last call were worth.
   * @param boundsAt by the moment of a question how far back its answer may be, as `judge` takes it
   */
  take(boundsAt) {
    const answers = this.#answers.splice(0);
    const failures = answers.filter(({ failure }) => failure !== undefined).map(({ failure }) => failure);
    const all = answers.filter(({ rows }) => rows).map((answer) => ({ answer, bounds: boundsAt(answer.askedMs) }));
    const judged = all.map(({ answer, bounds }) => judge(answer, this.#truth, bounds));
    return {
      asked: answers.length,
      boundMs: Math.max(0, ...all.map(({ bounds }) => bounds.backMs)),
      failures,
      wrong: judged.filter(({ wrong }) => wrong.length > 0),
      unknown: judged.filter(({ isUnknown }) => isUnknown).length,
      behindMs: Math.max(0, ...judged.map(({ behindMs }) => behindMs)),
    };
  }

  async end() {
    if (this.#child === null) return;
    const child = this.#child;
    this.#child = null;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

function isExact({ wrong, isUnknown }) {
  return wrong.length === 0 && !isUnknown;
}
