import type { Random } from '../test/makers/random.ts';
import { Asker } from './asker.ts';
import { boundMs, heldBoundMs, returnBoundMs } from './bounds.ts';
import { type Judgement, judgeReading, type LiveRow, type Reading } from './judge.ts';
import { type Passes, passesAround } from './passes.ts';
import type { Pause } from './pause.ts';
import type { Timeline } from './timeline.ts';
import { READER } from './world/database.ts';
import type { World } from './world/world.ts';

/** Between two readings, at random. */
const APART_MS = [200, 1600] as const;
/** Judged when what was under way then is known to have ended, and the log of the passes is written. */
const LATER_MS = 6000;
/** So long after its start a server has let go of all that it had before. */
const SETTLED_MS = 1000;

const SQL = `select host_id, name, status, freshness, pid, start_time_ticks, terminal, pane, observed_at, stored_status
  from plumbline.live_sessions`;

/** One wrong answer, with what was known. */
export interface WrongAnswer {
  readonly of: 'live_sessions' | 'plumb list';
  readonly host: string;
  readonly name: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly why: string;
  readonly [fact: string]: unknown;
}

/** Reads all rows at random moments, and compares each with what was so. */
export class Readings {
  readonly counts: Record<Judgement, number> = {
    right: 0,
    'unnamed pane': 0,
    'older pane': 0,
    ambiguous: 0,
    unknown: 0,
    held: 0,
    changing: 0,
    wrong: 0,
  };
  readonly wrong: WrongAnswer[] = [];
  readings = 0;
  failures = 0;
  /** Hosts that were unknown when the rows should have been right again. */
  lateReturns = 0;
  readonly late: unknown[] = [];
  /** How long a host was unknown at a time. */
  readonly unknownMs: number[] = [];
  readonly #world: World;
  readonly #timeline: Timeline;
  readonly #passes: Passes;
  readonly #names: readonly string[];
  readonly #asker: Asker;
  readonly #random: Random;
  readonly #explain: (host: string, name: string, aroundMs: number) => Readonly<Record<string, unknown>>;
  readonly #unknownSince = new Map<string, number>();
  #waiting: Omit<Reading, 'passes'>[] = [];

  constructor(how: {
    readonly world: World;
    readonly timeline: Timeline;
    readonly passes: Passes;
    readonly names: readonly string[];
    readonly random: Random;
    readonly explain: (host: string, name: string, aroundMs: number) => Readonly<Record<string, unknown>>;
  }) {
    this.#world = how.world;
    this.#timeline = how.timeline;
    this.#passes = how.passes;
    this.#names = how.names;
    this.#random = how.random;
    this.#explain = how.explain;
    this.#asker = new Asker(how.world.database.url(READER));
  }

  async run(pause: Pause): Promise<void> {
    while (!pause.isOver) {
      await pause.forMs(this.#random.between(...APART_MS));
      await this.#read();
      this.#passes.update();
      this.#judge(this.#world.nowMs() - LATER_MS);
    }
    await pause.always(LATER_MS);
    this.#passes.update();
    this.#judge(this.#world.nowMs());
    await this.#asker.close();
  }

  async #read(): Promise<void> {
    const askedMs = this.#world.nowMs();
    const answer = await this.#asker.ask(SQL);
    const answeredMs = this.#world.nowMs();
    if (!('rows' in answer)) {
      this.failures++;
      const { isUp, upSinceMs } = this.#world.database;
      // That the database is away is no reason where it is there.
      if (isUp && askedMs - upSinceMs > SETTLED_MS) this.#world.surprise(`no rows: ${answer.failure}`);
      return;
    }
    this.readings++;
    for (const [index, { name: host }] of this.#world.hosts.entries()) {
      const rows = new Map(
        answer.rows.filter((row) => row['host_id'] === host).map((row) => [row['name'] ?? '', rowOf(row)]),
      );
      const watcher = this.#world.watchers[index];
      const watcherDownSinceMs = watcher && watcher.upSinceMs === null ? watcher.downSinceMs : null;
      this.#waiting.push({ host, askedMs, answeredMs, rows, watcherDownSinceMs });
      this.#noteUnknown(host, [...rows.values()][0]?.freshness ?? 'none', askedMs, watcher?.upSinceMs ?? null);
    }
  }

  #noteUnknown(host: string, freshness: string, atMs: number, watcherUpSinceMs: number | null): void {
    const sinceMs = this.#unknownSince.get(host);
    if (freshness === 'gone') this.#unknownSince.set(host, sinceMs ?? atMs);
    else if (sinceMs !== undefined) {
      this.unknownMs.push(atMs - sinceMs);
      this.#unknownSince.delete(host);
    }
    // A snapshot, or no row at all, is as late as what is unknown.
    if (freshness === 'connected') return;
    const { database } = this.#world;
    if (watcherUpSinceMs === null || !database.isUp) return;
    const bothSinceMs = Math.max(watcherUpSinceMs, database.upSinceMs);
    // Its first look may hold deaths, and it says that the rows are right when none is held any more.
    const since = this.#passes.of(host).filter(({ toMs }) => toMs > bothSinceMs);
    const [first, last] = [since[0], since.at(-1) ?? null];
    const isDue = !first || atMs > first.toMs + heldBoundMs(last, null) + boundMs(last, null);
    if (isDue && atMs - bothSinceMs > returnBoundMs(database.awayMs)) {
      this.lateReturns++;
      const known = {
        host,
        atMs,
        watcherUpSinceMs,
        databaseUpSinceMs: database.upSinceMs,
        awayMs: database.awayMs,
        last,
      };
      this.late.push({ ...known, said: this.#explain(host, '', atMs)['said'] });
    }
  }

  #judge(untilMs: number): void {
    const ready = this.#waiting.filter(({ askedMs }) => askedMs <= untilMs);
    this.#waiting = this.#waiting.filter(({ askedMs }) => askedMs > untilMs);
    for (const it of ready) {
      const reading: Reading = { ...it, passes: this.#passes.of(it.host) };
      for (const { name, judgement, why, states, boundMs } of judgeReading(reading, this.#names, this.#timeline)) {
        this.counts[judgement]++;
        if (judgement !== 'wrong') continue;
        const { host, askedMs, answeredMs, watcherDownSinceMs } = reading;
        const { last, next } = passesAround(reading.passes, askedMs);
        const facts = { row: reading.rows.get(name) ?? null, states, boundMs, last, next, watcherDownSinceMs };
        const told = { ...facts, ...this.#explain(host, name, askedMs) };
        this.wrong.push({ of: 'live_sessions', host, name, askedMs, answeredMs, why: why ?? '', ...told });
      }
    }
  }
}

function rowOf(row: Readonly<Record<string, string | null>>): LiveRow {
  const text = (name: string) => row[name] ?? null;
  const pid = text('pid');
  return {
    name: text('name') ?? '',
    status: text('status') ?? '',
    freshness: text('freshness') ?? '',
    pid: pid === null ? null : Number(pid),
    startTimeTicks: text('start_time_ticks'),
    terminal: text('terminal'),
    pane: text('pane'),
    observedAt: text('observed_at') ?? '',
    storedStatus: text('stored_status') ?? '',
  };
}
