import { isDeepStrictEqual } from 'node:util';
import { median, percentile } from '../bench/harness/stats.ts';
import { decide, type Judged } from './decisions.ts';
import { lastSo } from './last-so.ts';
import { mishapBefore } from './met.ts';
import {
  type Answer,
  type Cost,
  DECISIONS,
  type Decision,
  type LastSo,
  type Milliseconds,
  type Mistake,
  OUTCOMES,
  type Outcome,
  type ReadingTime,
  type SystemResult,
  type Truth,
  WRONGS,
  type Wrong,
  type WrongStretch,
} from './model.ts';
import type { Happened, Tick, TruthBook } from './world/contract.ts';
import { wrongOf } from './wrongs.ts';

interface OpenStretch {
  readonly first: Omit<WrongStretch, 'to' | 'seconds' | 'readings' | 'after' | 'afterMs'>;
  to: Milliseconds;
  seconds: number;
  readings: number;
}

type Answered = Tick['reading'] & { readonly answers: ReadonlyMap<string, Answer> };

const DEAD: Answer = { status: 'dead' };

/** Weighs what one system answers in one run against what was so. It looks at nothing itself: all it knows it is told. */
export class SystemJudge {
  readonly #system: string;
  readonly #sessions: readonly string[];
  readonly #startedAt: Milliseconds;
  readonly #truth: TruthBook;
  #rowSeconds = 0;
  #hungCalledAlive = 0;
  #outdated = 0;
  readonly #unknown = new Map<string, number>();
  readonly #unanswered = new Map<string, number>();
  readonly #open = new Map<string, OpenStretch>();
  readonly #closed: OpenStretch[] = [];
  readonly #decisions = counters();
  readonly #mistakes: Mistake[] = [];
  readonly #readings: ReadingTime[] = [];

  constructor(
    system: string,
    run: { readonly sessions: readonly string[]; readonly startedAt: Milliseconds; readonly truth: TruthBook },
  ) {
    this.#system = system;
    this.#sessions = run.sessions;
    this.#startedAt = run.startedAt;
    this.#truth = run.truth;
  }

  /** What is done with a reading, as soon as it is there. */
  decide(tick: Tick): void {
    for (const decision of DECISIONS) this.#count(decision, decide(decision, tick, this.#sessions, this.#truth), tick);
  }

  /** What its rows were worth, once the truth of its time is known; in the order of the readings. */
  weigh({ reading, weightMs }: Tick): void {
    const seconds = weightMs / 1000;
    if (!(seconds >= 0) || reading.asked > reading.answered)
      throw new RangeError(`${this.#system}: readings out of order`);
    this.#rowSeconds += seconds * this.#sessions.length;
    const [asked, answered] = [reading.asked - this.#startedAt, reading.answered - this.#startedAt];
    this.#readings.push({ asked, answered, failed: 'failure' in reading });
    if ('failure' in reading) {
      add(this.#unanswered, reading.failure, seconds * this.#sessions.length);
      return;
    }
    this.#weighRows(reading, seconds);
  }

  result(happened: readonly Happened[], cost: Cost): SystemResult {
    const mishaps = happened.map((it) => ({ ...it, from: it.from - this.#startedAt }));
    const stretches = [...this.#closed, ...this.#open.values()]
      .map((stretch) => closed(stretch, mishaps))
      .sort((one, other) => one.from - other.from);
    // How long a failure took is the reader's patience, not the age of a row.
    const answered = this.#readings.filter(({ failed }) => !failed);
    const readingMs = answered.map((it) => it.answered - it.asked);
    return {
      system: this.#system,
      rowSeconds: this.#rowSeconds,
      wrongSeconds: secondsByWrong(stretches),
      unknownSeconds: total(this.#unknown),
      unansweredSeconds: total(this.#unanswered),
      whyUnknown: Object.fromEntries(this.#unknown),
      whyUnanswered: Object.fromEntries(this.#unanswered),
      outdatedSeconds: this.#outdated,
      hungCalledAliveSeconds: this.#hungCalledAlive,
      stretches,
      decisions: this.#decisions,
      mistakes: this.#mistakes,
      readings: this.#readings,
      readingMs: { median: median(readingMs), p99: percentile(readingMs, 0.99) },
      cost,
    };
  }

  #weighRows(reading: Answered, seconds: number): void {
    for (const session of this.#sessions) {
      const answer = reading.answers.get(session) ?? DEAD;
      if (answer.status === 'unknown') add(this.#unknown, answer.reason, seconds);
      const truths = this.#truth.during(session, reading.asked, reading.answered);
      const wrong = wrongOf(answer, truths);
      const truth = truths.at(-1) as Truth;
      if (wrong === null && answer.status === 'alive') this.#countAlive(answer, truth, seconds);
      const { answered } = reading;
      const isOutdated = wrong === null && wrongOf(answer, this.#truth.during(session, answered, answered)) !== null;
      if (isOutdated) this.#outdated += seconds;
      // Not to know something for a while, or not to be asked, does not end what is wrong before and after.
      if (wrong !== null) this.#goOn(session, wrong, { seconds, reading, answer, truth });
      else if (answer.status !== 'unknown') this.#close(session);
    }
  }

  /** What is right of one that is called alive, and still no good to whoever asked. */
  #countAlive(answer: Answer & { status: 'alive' }, truth: Truth, seconds: number): void {
    const { processUnknown, paneUnknown } = answer;
    if (hangs(truth)) this.#hungCalledAlive += seconds;
    // A row is not known once, whatever of it is not.
    if (processUnknown !== undefined) add(this.#unknown, `its pid: ${processUnknown}`, seconds);
    else if (paneUnknown !== undefined) add(this.#unknown, `its pane: ${paneUnknown}`, seconds);
  }

  #goOn(
    session: string,
    wrong: Wrong,
    seen: { readonly seconds: number; readonly reading: Answered; readonly answer: Answer; readonly truth: Truth },
  ): void {
    const { seconds, reading, answer } = seen;
    const open = this.#open.get(session)?.first;
    // What says something else is wrong for a reason of its own.
    if (open && (open.wrong !== wrong || !isDeepStrictEqual(open.answer, answer))) this.#close(session);
    const from = reading.answered - this.#startedAt;
    const truth = { ...seen.truth, since: seen.truth.since - this.#startedAt };
    const so = this.#lastSo(session, answer, reading.answered);
    const first = { session, wrong, from, asked: reading.asked - this.#startedAt, answer, lastSo: so, truth };
    const stretch = this.#open.get(session) ?? { first, to: from, seconds: 0, readings: 0 };
    stretch.to = from;
    stretch.seconds += seconds;
    stretch.readings++;
    this.#open.set(session, stretch);
  }

  #lastSo(session: string, answer: Answer, answered: Milliseconds): LastSo {
    const { whole, inParts } = lastSo(answer, this.#truth.during(session, this.#startedAt, answered), answered);
    const ofRun = (at: Milliseconds | null) => (at === null ? null : at - this.#startedAt);
    return { whole: ofRun(whole), inParts: ofRun(inParts) };
  }

  #close(session: string): void {
    const stretch = this.#open.get(session);
    if (stretch) this.#closed.push(stretch);
    this.#open.delete(session);
  }

  #count(decision: Decision, { outcome, session, answer }: Judged, { reading }: Tick): void {
    this.#decisions[decision][outcome]++;
    if (outcome !== 'wrong target' && outcome !== 'failed') return;
    if (session === null || answer === null) throw new Error(`${this.#system}: ${outcome}, and nobody was meant`);
    const now = this.#truth.now(session);
    const truth = { ...now, since: now.since - this.#startedAt };
    this.#mistakes.push({ decision, outcome, session, at: reading.answered - this.#startedAt, answer, truth });
  }
}

function closed({ first, to, seconds, readings }: OpenStretch, happened: readonly Happened[]): WrongStretch {
  const after = mishapBefore(first.from, first, happened);
  return { ...first, to, seconds, readings, after, afterMs: after && first.from - after.at };
}

function hangs(truth: Truth): boolean {
  return truth.status === 'alive' && !truth.responsive;
}

function secondsByWrong(stretches: readonly WrongStretch[]): Record<Wrong, number> {
  const sums = Object.fromEntries(WRONGS.map((wrong) => [wrong, 0])) as Record<Wrong, number>;
  for (const { wrong, seconds } of stretches) sums[wrong] += seconds;
  return sums;
}

function counters(): Record<Decision, Record<Outcome, number>> {
  const none = () => Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  return Object.fromEntries(DECISIONS.map((decision) => [decision, none()])) as Record<
    Decision,
    Record<Outcome, number>
  >;
}

function add<Key>(sums: Map<Key, number>, key: Key, more: number): void {
  sums.set(key, (sums.get(key) ?? 0) + more);
}

function total(sums: ReadonlyMap<string, number>): number {
  return [...sums.values()].reduce((sum, more) => sum + more, 0);
}
