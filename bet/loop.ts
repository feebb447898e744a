import { Random } from '../test/makers/random.ts';
import { clockMs, pause } from '../test/storm/clock.ts';
import type { Milliseconds, RunOptions, SystemName } from './model.ts';
import type { Judge, RunningSystem, Tick } from './world/contract.ts';

const SECOND_MS = 1000;
/** A system that answers later than that does not keep the others waiting: it is asked again when it has answered. */
const TURN_MS = 900;
/** What is said of a moment is said by then, or never: nobody begins to be killed in the past. */
const AFTERTHOUGHT_MS = 500;

/** What a loop asks, and whom it tells. */
export interface LoopOptions {
  readonly run: RunOptions;
  readonly sessions: readonly string[];
  readonly systems: readonly RunningSystem[];
  readonly judge: Judge;
  /** Whether all is known of the time until then. */
  readonly isSettled: (until: Milliseconds) => boolean;
  readonly startedAt: Milliseconds;
}

/**
 * Asks all systems about once a second, at a moment of the seed's, one after the other in an order of the seed's: at the
 * same time they would fight for the CPUs, and each would be measured at the cost of the others.
 */
export class AskingLoop {
  readonly #options: LoopOptions;
  readonly #random: Random;
  readonly #lastAt = new Map<SystemName, Milliseconds>();
  readonly #asked = new Set<SystemName>();
  readonly #unweighed: Tick[] = [];

  constructor(options: LoopOptions) {
    this.#options = options;
    // Another stream than the schedule's.
    this.#random = new Random(options.run.seed * 7919 + 1);
  }

  /** Until the run is over, and all that was answered is judged. */
  async run(signal: AbortSignal): Promise<void> {
    const { startedAt, run } = this.#options;
    for (let second = 0; second < run.seconds && !signal.aborted; second++) {
      const at = startedAt + second * SECOND_MS + this.#random.next() * SECOND_MS;
      const choices = this.#choose();
      const order = this.#shuffled(this.#options.systems);
      // A second that is over, where all took their time, is left out: the run is as long as it was said to be.
      if (clockMs() > startedAt + (second + 1) * SECOND_MS) continue;
      await pause(at - clockMs());
      for (const system of order) {
        if (signal.aborted) return;
        await Promise.race([this.#ask(system, choices), pause(TURN_MS)]);
      }
      this.#weigh();
    }
    while ((this.#asked.size > 0 || this.#unweighed.length > 0) && !signal.aborted) {
      await pause(100);
      this.#weigh();
    }
  }

  async #ask({ system, read }: RunningSystem, choices: Pick<Tick, 'nudge' | 'signal' | 'route'>): Promise<void> {
    if (this.#asked.has(system)) return;
    this.#asked.add(system);
    const reading = await read();
    this.#asked.delete(system);
    const weightMs = reading.answered - (this.#lastAt.get(system) ?? this.#options.startedAt);
    this.#lastAt.set(system, reading.answered);
    const tick = { system, reading, weightMs, ...choices };
    this.#options.judge.decide(tick);
    this.#unweighed.push(tick);
  }

  /** In the order of the readings: what cannot be said of one of them keeps the later ones. */
  #weigh(): void {
    for (;;) {
      const tick = this.#unweighed[0];
      if (tick === undefined) return;
      const { answered } = tick.reading;
      if (clockMs() < answered + AFTERTHOUGHT_MS || !this.#options.isSettled(answered)) return;
      this.#unweighed.shift();
      this.#options.judge.judge(tick);
    }
  }

  #choose(): Pick<Tick, 'nudge' | 'signal' | 'route'> {
    const { sessions } = this.#options;
    return { nudge: this.#random.pick(sessions), signal: this.#random.pick(sessions), route: this.#random.next() };
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.#random.between(0, rest.length - 1), 1)[0] as T);
  }
}
