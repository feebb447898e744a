import type { Random } from '../test/makers/random.ts';
import { SLACK_MS } from './bounds.ts';
import { isReplacement } from './judge.ts';
import type { Pause } from './pause.ts';
import type { WrongAnswer } from './readings.ts';
import type { Living, Timeline } from './timeline.ts';
import type { Host } from './world/host.ts';
import type { World } from './world/world.ts';

/** Between two questions, at random. */
const APART_MS = [2000, 12_000] as const;
/** Judged when what was under way then is known to have ended. */
const LATER_MS = 6000;

interface Told {
  readonly name: string;
  readonly verdict: string;
  readonly pid: number | null;
  readonly terminal: { readonly name: string } | null;
}

interface Listing {
  readonly host: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly sessions: readonly Told[];
}

/** Asks `plumb list` on each host now and then: each answer was right at some moment of its reading, or it is wrong. */
export class Listings {
  asked = 0;
  compared = 0;
  undecided = 0;
  ambiguous = 0;
  readonly wrong: WrongAnswer[] = [];
  readonly #world: World;
  readonly #timeline: Timeline;
  readonly #names: readonly string[];
  readonly #random: Random;
  readonly #explain: (host: string, name: string, aroundMs: number) => Readonly<Record<string, unknown>>;

  constructor(how: {
    readonly world: World;
    readonly timeline: Timeline;
    readonly names: readonly string[];
    readonly random: Random;
    readonly explain: (host: string, name: string, aroundMs: number) => Readonly<Record<string, unknown>>;
  }) {
    this.#world = how.world;
    this.#timeline = how.timeline;
    this.#names = how.names;
    this.#random = how.random;
    this.#explain = how.explain;
  }

  async run(pause: Pause): Promise<void> {
    const judging: Promise<void>[] = [];
    while (!pause.isOver) {
      await pause.forMs(this.#random.between(...APART_MS));
      const answer = await this.#ask(this.#random.pick(this.#world.hosts));
      if (answer) judging.push(pause.always(LATER_MS).then(() => this.#judge(answer)));
    }
    await Promise.all(judging);
  }

  async #ask(host: Host): Promise<Listing | null> {
    const askedMs = this.#world.nowMs();
    const command = [...this.#world.plumb, 'list', '-o', 'json'];
    const { code, stdout, stderr } = await host.run(command, this.#world.envOf(host.name));
    const answeredMs = this.#world.nowMs();
    if (code !== 0) {
      this.#world.surprise(`plumb list on ${host.name} ended with ${code}: ${stderr}`);
      return null;
    }
    this.asked++;
    const { sessions } = JSON.parse(stdout) as { readonly sessions: readonly Told[] };
    return { host: host.name, askedMs, answeredMs, sessions };
  }

  #judge({ host, sessions, askedMs, answeredMs }: Listing): void {
    const byName = new Map(sessions.map((it) => [it.name, it]));
    for (const name of this.#names) {
      const told = byName.get(name) ?? null;
      const { states, isChanging } = this.#timeline.during(host, name, askedMs - SLACK_MS, answeredMs);
      this.compared++;
      const differences = states.map(({ living }) => differenceOf(told, living));
      if (differences.includes(null)) continue;
      if (isChanging) {
        this.undecided++;
        continue;
      }
      if (told?.verdict === 'ambiguous' && isReplacement(states)) {
        this.ambiguous++;
        continue;
      }
      const why = differences.at(-1) ?? 'nothing is known of it';
      const facts = { told, states, ...this.#explain(host, name, askedMs) };
      this.wrong.push({ of: 'plumb list', host, name, askedMs, answeredMs, why, ...facts });
    }
  }
}

function differenceOf(told: Told | null, living: Living | null): string | null {
  if (living === null) return told === null ? null : `${told.pid}, and it does not run`;
  // Without a terminal it is told only where the configuration says that it needs none.
  if (told === null) return living.terminal === null ? null : 'not listed, and it runs';
  if (told.pid !== living.pid) return `${told.pid}, and ${living.pid} runs`;
  const terminal = told.terminal?.name ?? null;
  return terminal === living.terminal ? null : `on ${terminal}, and it runs on ${living.terminal}`;
}
