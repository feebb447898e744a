import type { Random } from '../test/makers/random.ts';
import { Deck, type GreatMishap, greatMishaps, type MishapKind, type SessionMishap } from './deck.ts';
import type { Fleet, SoakSession } from './fleet.ts';
import type { Pause } from './pause.ts';
import type { World } from './world/world.ts';

/** One session has something happen to it about once in so many seconds; and somebody has every second. */
const APART_SECONDS = 60;
/** Where fewer than this live, those that would end start instead. */
const LEAST_ALIVE = 0.8;
/** Of those that move, how many start there before they end here. */
const OVERLAPPING = 0.3;
/** How long a database, a watcher and a tmux server are away at most. */
const AWAY_MS = { database: 6000, watcher: 6000, multiplexer: 3000 };

/** Something that happened, for whoever reads of a wrong answer. */
export interface Happened {
  readonly kind: MishapKind;
  readonly of: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Lets mishaps loose on a world until it is told to end. */
export class Mishaps {
  readonly happened: Happened[] = [];
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #deck: Deck;
  readonly #pause: Pause;
  /** After a third of the time the second host's watcher lives on, so that its memory can be followed. */
  #isLate = false;

  constructor(world: World, fleet: Fleet, random: Random, pause: Pause) {
    this.#world = world;
    this.#fleet = fleet;
    this.#random = random;
    this.#deck = new Deck(random);
    this.#pause = pause;
  }

  /** Both kinds, until the time is over; resolves when the last one is done. */
  async run(lastsMs: number): Promise<void> {
    const running = new Set<Promise<void>>();
    const begin = (act: Promise<void>) => {
      const guarded: Promise<void> = act
        .catch((error: unknown) => this.#world.surprise(String(error)))
        .finally(() => running.delete(guarded));
      running.add(guarded);
    };
    const lateAtMs = this.#world.nowMs() + lastsMs / 3;
    const great = (async () => {
      const begunMs = this.#world.nowMs();
      for (const { kind, atMs } of greatMishaps(lastsMs, this.#random)) {
        await this.#pause.untilMs(begunMs + atMs);
        this.#isLate = this.#world.nowMs() > lateAtMs;
        if (this.#pause.isOver) break;
        begin(this.#great(kind));
      }
    })();
    const apartMs = 1000 / Math.max(1, this.#fleet.sessions.length / APART_SECONDS);
    while (!this.#pause.isOver) {
      await this.#pause.forMs(-Math.log(1 - this.#random.next()) * apartMs);
      const drawn = this.#draw();
      if (drawn && !this.#pause.isOver) begin(this.#one(drawn.kind, drawn.session));
    }
    await great;
    await Promise.all(running);
  }

  #draw(): { readonly kind: SessionMishap; readonly session: SoakSession } | null {
    const { sessions } = this.#fleet;
    const alive = sessions.filter(({ speaker }) => speaker !== null).length / sessions.length;
    const drawn = this.#deck.next();
    const isEnd = drawn === 'killed' || drawn === 'exited' || drawn === 'left for another program';
    const kind = isEnd && alive < LEAST_ALIVE ? 'restarted in another pane' : drawn;
    const able = sessions.filter((session) => !session.isBusy && canHappen[kind](session));
    const dead = kind === 'restarted in another pane' ? able.filter(({ speaker }) => speaker === null) : [];
    const chosen = dead.length > 0 ? dead : able;
    return chosen.length === 0 ? null : { kind, session: this.#random.pick(chosen) };
  }

  async #one(kind: SessionMishap, session: SoakSession): Promise<void> {
    const { multiplexer } = session.pane ?? {};
    session.isBusy = true;
    const act = () => this.#note(kind, session.name, () => this.#happens(kind, session));
    try {
      await (multiplexer?.isOpen ? multiplexer.use(act) : act());
    } finally {
      session.isBusy = false;
    }
  }

  async #happens(kind: SessionMishap, session: SoakSession): Promise<void> {
    const fleet = this.#fleet;
    if (kind === 'killed') return fleet.end(session, 'killed');
    if (kind === 'exited') return fleet.end(session, 'exited');
    if (kind === 'left for another program') return fleet.end(session, 'left');
    if (kind === 'executed itself anew') return fleet.execute(session);
    if (kind === 'moved to another window') return fleet.movePane(session);
    if (kind === 'respawned in its pane' || kind === 'restarted in its pane') return fleet.respawn(session);
    const here =
      session.speaker?.host ?? session.pane?.multiplexer.host.name ?? this.#random.pick(this.#world.hosts).name;
    const there = this.#world.multiplexers.filter((it) => {
      return it.isOpen && (it.host.name === here) === (kind === 'restarted in another pane');
    });
    if (there.length === 0) return;
    const target = this.#random.pick(there);
    await target.use(() => this.#goes(session, target, kind === 'moved to the other host'));
  }

  /** Ends where it is and starts there; on another host it may be the other way round. */
  async #goes(session: SoakSession, target: World['multiplexers'][number], isOther: boolean): Promise<void> {
    const { speaker, pane } = session;
    const how = this.#random.chance(0.5) ? 'killed' : 'exited';
    if (!isOther || !this.#random.chance(OVERLAPPING)) {
      await this.#fleet.end(session, how);
      await this.#fleet.leavePane(session);
      return this.#fleet.start(session, target);
    }
    await this.#fleet.start(session, target);
    if (speaker) await this.#fleet.endSpeaker(speaker, how);
    if (pane && pane.life === pane.multiplexer.life) await pane.multiplexer.run('kill-session', '-t', session.name);
  }

  async #great(kind: GreatMishap): Promise<void> {
    const { database, watchers, hosts, multiplexers } = this.#world;
    const host = this.#random.pick(hosts);
    const away = (ms: number) => this.#random.between(0, ms);
    if (kind === 'database restarted' || kind === 'database crashed') {
      if (!database.isUp) return;
      const how = kind === 'database crashed' ? 'crash' : 'asked';
      return this.#note(kind, 'both', () => database.restart(how, away(AWAY_MS.database)));
    }
    if (kind === 'watcher killed' || kind === 'watcher restarted') {
      const watcher = this.#isLate ? watchers[0] : this.#random.pick(watchers);
      if (!watcher?.pid) return;
      const signal = kind === 'watcher killed' ? 'SIGKILL' : 'SIGTERM';
      return this.#note(kind, watcher.host.name, async () => {
        await watcher.end(signal);
        await this.#pause.always(away(AWAY_MS.watcher));
        await watcher.start();
      });
    }
    const open = multiplexers.filter((it) => it.isOpen && (kind === 'tmux server killed' || it.host === host));
    const chosen = kind === 'tmux server killed' && open.length > 0 ? [this.#random.pick(open)] : open;
    if (chosen.length === 0) return;
    return this.#note(kind, chosen.map((it) => `${it.host.name} ${it.name}`).join(', '), async () => {
      await Promise.all(chosen.map((it) => this.#fleet.killServer(it)));
      await this.#pause.always(away(AWAY_MS.multiplexer));
      await Promise.all(chosen.map((it) => it.start()));
    });
  }

  async #note(kind: MishapKind, of: string, act: () => Promise<void>): Promise<void> {
    const fromMs = this.#world.nowMs();
    await act();
    this.happened.push({ kind, of, fromMs, toMs: this.#world.nowMs() });
  }
}

/** To whom each can happen. */
const canHappen: Readonly<Record<SessionMishap, (session: SoakSession) => boolean>> = {
  killed: ({ speaker, pane, hasUsablePane }) => speaker !== null && (pane === null || hasUsablePane),
  exited: ({ speaker, pane, hasUsablePane }) => speaker !== null && (pane === null || hasUsablePane),
  // Without a terminal it would live on for ever as something that nobody looks for.
  'left for another program': (it) => it.isShown && it.hasUsablePane && !it.ignoresHangUp,
  'executed itself anew': ({ speaker, pane, hasUsablePane }) => speaker !== null && (pane === null || hasUsablePane),
  // tmux only hangs up: what ignores that would live on beside the new one.
  'respawned in its pane': (it) => it.isShown && it.hasUsablePane && !it.ignoresHangUp,
  'moved to another window': (it) => it.isShown && it.hasUsablePane,
  'moved to the other host': ({ speaker, pane, hasUsablePane }) => speaker !== null && (pane === null || hasUsablePane),
  'restarted in its pane': (it) => it.speaker === null && it.hasUsablePane,
  'restarted in another pane': ({ pane, hasUsablePane }) => pane === null || hasUsablePane,
};
