import fs from 'node:fs';
import { processRow } from '../makers/process-table.ts';
import { makeReceivers, type Receivers } from '../makers/receiver.ts';
import { waitFor } from '../makers/wait-for.ts';
import { COMMAND } from './act.ts';
import { type Place, TmuxPlace } from './place.ts';
import type { Timeline } from './timeline.ts';

/** What a slot is made of. */
export interface SlotPlan {
  /** The session's name: `tmux-kept-3`. */
  readonly name: string;
  readonly place: Place;
  readonly home: string;
  /** A directory for what its programs read. */
  readonly logs: string;
  /** Where it works when it is sent away. */
  readonly away: string;
  /** Something like a shell runs it, and gets the terminal back when it ends. */
  readonly kept: boolean;
  readonly keeper: string;
  readonly mode: readonly ('cooked' | 'stays')[];
  /** It runs on a terminal that script(1) has opened. */
  readonly scripted: boolean;
  readonly hasChild: boolean;
  readonly timeline: Timeline;
}

/** A program by its process, which is held by its start: its number may become another's. */
export interface Incarnation {
  readonly pid: number;
  readonly start: string;
}

/** A home with a session in it, which is ended and started again. */
export class Slot {
  readonly plan: SlotPlan;
  readonly receivers: Receivers;
  current: Incarnation | null = null;
  /** One trouble at a time is made for it. */
  isTaken = false;
  readonly #seen = new Set<string>();

  constructor(plan: SlotPlan) {
    this.plan = plan;
    this.receivers = makeReceivers(plan.logs);
  }

  get name(): string {
    return this.plan.name;
  }

  get tmux(): TmuxPlace | null {
    return this.plan.place instanceof TmuxPlace ? this.plan.place : null;
  }

  /** Starts a session in its home, in its place, and waits until it reads. */
  async start(): Promise<void> {
    const { place, home } = this.plan;
    const done = this.plan.timeline.begin(this.name, 'start');
    await place.run(home, this.#program());
    await this.arrived();
    done();
  }

  /** Waits for a new incarnation, which something has started. */
  async arrived(): Promise<void> {
    const key = await waitFor(`a new session of ${this.name}`, () => this.#newest());
    this.#seen.add(key);
    const [pid = '', start = ''] = key.split('.');
    this.current = { pid: Number(pid), start };
  }

  /** What it runs in, if something like a shell keeps it. */
  keeperPid(): number | null {
    const { current } = this;
    return this.plan.kept && current ? (processRow(current.pid)?.ppid ?? null) : null;
  }

  #newest(): string | undefined {
    const ending = '.usr1';
    return fs
      .readdirSync(this.plan.logs)
      .filter((file) => file.startsWith('session.') && file.endsWith(ending))
      .map((file) => file.slice('session.'.length, -ending.length))
      .find((key) => !this.#seen.has(key));
  }

  #program(): string[] {
    const { kept, keeper, logs, away, scripted, hasChild, mode } = this.plan;
    const stranger = this.receivers.run('passerby', 'stranger').join(' ');
    const variables = [`RECEIVER_AWAY=${away}`, `RECEIVER_BECOMES=${stranger}`];
    if (hasChild) variables.push(`RECEIVER_CHILD=${this.receivers.run('helper', 'child', 'deaf').join(' ')}`);
    const session = [...this.receivers.run(COMMAND, 'session'), ...mode];
    const run = ['env', ...variables, ...(kept ? [keeper, `${logs}/keeper`] : []), ...session];
    return scripted ? ['script', '-qfc', `exec ${run.map((word) => `'${word}'`).join(' ')}`, '/dev/null'] : run;
  }
}

/** Sends a signal to an incarnation, if its number is still its own. */
export function strike({ pid, start }: Incarnation, signal: NodeJS.Signals | number): void {
  if (!isAlive({ pid, start })) return;
  try {
    globalThis.process.kill(pid, signal);
  } catch {
    // It has ended in this moment.
  }
}

/** Whether it has not ended: neither gone nor a zombie. */
export function isAlive({ pid, start }: Incarnation): boolean {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return fields[19] === start && fields[0] !== 'Z' && fields[0] !== 'X';
  } catch {
    return false;
  }
}
