// The processes that are a simulated fleet, from the side of who drives them.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { FleetAnswer, FleetOrder } from './fleet-child.ts';
import type { Workshop } from './workshop.ts';

/** Several processes with a part of the hosts each. */
export class Fleet {
  readonly #children: readonly ChildProcess[];

  constructor({ directory }: Workshop, children: number) {
    this.#children = Array.from({ length: children }, () => fork(path.join(directory, 'fleet-child.mjs')));
  }

  /** Lets hosts join, connected and with rows that are right. @returns why one could not; null where all are there */
  async add(order: Omit<Extract<FleetOrder, { kind: 'add' }>, 'kind'>): Promise<string | null> {
    const { from, to } = order;
    const share = (index: number) => from + Math.round(((to - from) * index) / this.#children.length);
    const answers = await this.#all((index) => ({ kind: 'add', ...order, from: share(index), to: share(index + 1) }));
    return answers.find(({ error }) => error !== null)?.error ?? null;
  }

  /** Lets all hosts run for a while. */
  run(order: Omit<Extract<FleetOrder, { kind: 'run' }>, 'kind'>): Promise<FleetAnswer[]> {
    return this.#all(() => ({ kind: 'run', ...order }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map(end));
  }

  #all(order: (index: number) => FleetOrder): Promise<FleetAnswer[]> {
    return Promise.all(this.#children.map((child, index) => ask(child, order(index))));
  }
}

async function ask(child: ChildProcess, order: FleetOrder): Promise<FleetAnswer> {
  const done = new AbortController();
  const answered = once(child, 'message', { signal: done.signal });
  const died = once(child, 'exit', { signal: done.signal }).then(() => {
    throw new Error('a part of the simulated fleet has died');
  });
  died.catch(() => {});
  child.send(order);
  try {
    const [answer] = (await Promise.race([answered, died])) as [FleetAnswer];
    return answer;
  } finally {
    done.abort();
    answered.catch(() => {});
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
