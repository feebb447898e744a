import fs from 'node:fs';
import type { Random } from '../test/makers/random.ts';
import type { Living, Timeline } from './timeline.ts';
import type { Multiplexer } from './world/multiplexer.ts';
import type { Order, Speaker, Truth } from './world/truth.ts';

/** The program of all sessions. */
export const COMMAND = 'soaker';

/** How many of them go on without a terminal when that hangs up. */
const WITHOUT_TERMINAL = 0.15;

/** A pane, as long as its server lives. */
interface Pane {
  readonly multiplexer: Multiplexer;
  readonly life: number;
  readonly id: string;
  /** Its window's number, which it can change. */
  window: number;
}

/** One name of the fleet: a home, and what runs in it. */
export class SoakSession {
  readonly name: string;
  readonly home: string;
  /** What runs as the session; null while nothing does. */
  speaker: Speaker | null = null;
  /** Where it runs or ran; the pane stays when its program ends. */
  pane: Pane | null = null;
  ignoresHangUp = false;
  /** Something is being done to it. */
  isBusy = false;

  constructor(name: string, home: string) {
    this.name = name;
    this.home = home;
  }

  /** It runs, and a multiplexer shows it. */
  get isShown(): boolean {
    return this.speaker !== null && this.pane !== null;
  }

  /** Its pane can be used. */
  get hasUsablePane(): boolean {
    return this.pane?.multiplexer.isOpen === true && this.pane.life === this.pane.multiplexer.life;
  }
}

/** All sessions, and what can be done to one: each act is in the timeline from before it began until it was seen done. */
export class Fleet {
  readonly sessions: readonly SoakSession[];
  readonly #truth: Truth;
  readonly #timeline: Timeline;
  readonly #programs: readonly [string, string];
  readonly #random: Random;
  readonly #surprise: (what: string) => void;
  /** Those whose end was ordered. */
  readonly #ending = new WeakSet<Speaker>();

  /** @param how.programs the same program twice, since a session can become another file of one name */
  constructor(how: {
    readonly names: readonly string[];
    readonly homes: string;
    readonly truth: Truth;
    readonly timeline: Timeline;
    readonly programs: readonly [string, string];
    readonly random: Random;
    readonly surprise: (what: string) => void;
  }) {
    this.#truth = how.truth;
    this.#timeline = how.timeline;
    this.#programs = how.programs;
    this.#random = how.random;
    this.#surprise = how.surprise;
    this.sessions = how.names.map((name) => new SoakSession(name, `${how.homes}/${name}`));
    for (const { home } of this.sessions) fs.mkdirSync(home, { recursive: true });
  }

  /** Starts it in a new pane; it may run elsewhere meanwhile. */
  async start(session: SoakSession, multiplexer: Multiplexer): Promise<void> {
    session.ignoresHangUp = this.#random.chance(WITHOUT_TERMINAL);
    const change = this.#timeline.begin(multiplexer.host.name, session.name);
    const meeting = this.#truth.expect(multiplexer.host.name, session.name);
    const size = ['-x', '80', '-y', '24'];
    const shown = ['new-session', '-d', '-P', '-F', '#{pane_id}', '-s', session.name, '-c', session.home, ...size];
    const [id, speaker] = await Promise.all([multiplexer.run(...shown, ...this.#command(session)), meeting]);
    session.pane = { multiplexer, life: multiplexer.life, id, window: 0 };
    this.#meet(session, speaker);
    change.done(livingOf(session, speaker));
  }

  /** Starts it in the pane that it has: what is there is killed. */
  async respawn(session: SoakSession): Promise<void> {
    const { pane, speaker: former } = session;
    if (!pane) throw new Error(`${session.name} has no pane`);
    const { multiplexer } = pane;
    const change = this.#timeline.begin(multiplexer.host.name, session.name);
    if (former) this.#ending.add(former);
    const meeting = this.#truth.expect(multiplexer.host.name, session.name);
    const [, speaker] = await Promise.all([multiplexer.run('respawn-pane', '-k', '-t', pane.id), meeting]);
    await former?.ended;
    const lost = former && livingOf({ name: session.name, pane: null }, former);
    this.#meet(session, speaker);
    change.done(livingOf(session, speaker), null, ...(lost ? [lost] : []));
  }

  /** Ends it, in one of three ways; its pane stays. */
  async end(session: SoakSession, order: Exclude<Order, 'executed'>): Promise<void> {
    const { speaker } = session;
    if (!speaker) return;
    session.speaker = null;
    await this.endSpeaker(speaker, order);
  }

  /** Ends what runs as a session, wherever that is. */
  async endSpeaker(speaker: Speaker, order: Exclude<Order, 'executed'>): Promise<void> {
    const change = this.#timeline.begin(speaker.host, speaker.name);
    this.#ending.add(speaker);
    speaker.order(order);
    await speaker.ended;
    change.done(null);
  }

  /** It becomes itself anew: the same process, the other file of its program. */
  async execute(session: SoakSession): Promise<void> {
    const { speaker } = session;
    if (!speaker) return;
    const change = this.#timeline.begin(speaker.host, session.name);
    const meeting = this.#truth.expect(speaker.host, session.name);
    this.#ending.add(speaker);
    speaker.order('executed');
    const next = await meeting;
    if (next.pid !== speaker.pid) throw new Error(`${session.name} became ${next.pid}, and was ${speaker.pid}`);
    this.#meet(session, next);
    change.done(livingOf(session, next));
  }

  /** Its window gets another number: the same pane at another address. */
  async movePane(session: SoakSession): Promise<void> {
    const { pane, speaker } = session;
    if (!pane || !speaker) return;
    const window = pane.window + 1 + this.#random.between(0, 3);
    const change = this.#timeline.begin(speaker.host, session.name);
    const [from, to] = [`${session.name}:${pane.window}`, `${session.name}:${window}`];
    await pane.multiplexer.run('move-window', '-s', from, '-t', to);
    pane.window = window;
    change.done(livingOf(session, speaker));
  }

  /** Takes its pane away, with whatever is in it. */
  async leavePane(session: SoakSession): Promise<void> {
    const { pane } = session;
    session.pane = null;
    if (pane && pane.life === pane.multiplexer.life) await pane.multiplexer.run('kill-session', '-t', session.name);
  }

  /** Kills a server: its sessions hang up, and most of them end of it. */
  async killServer(multiplexer: Multiplexer): Promise<void> {
    await multiplexer.shut();
    const shown = this.sessions.filter(
      ({ pane }) => pane?.multiplexer === multiplexer && pane.life === multiplexer.life,
    );
    const living = shown.flatMap((session) => (session.speaker ? [{ session, speaker: session.speaker }] : []));
    const changes = living.map((it) => ({ ...it, change: this.#timeline.begin(it.speaker.host, it.session.name) }));
    for (const session of shown) session.pane = null;
    for (const { session, speaker } of living) if (!session.ignoresHangUp) this.#ending.add(speaker);
    await multiplexer.kill();
    for (const { session, speaker, change } of changes) {
      const detached = livingOf(session, speaker);
      if (session.ignoresHangUp) {
        change.done(detached);
        continue;
      }
      await speaker.ended;
      session.speaker = null;
      // Its terminal is gone a moment before it dies of that.
      change.done(null, detached);
    }
  }

  /** It runs as the session from now on; should it end and nobody has ordered that, it is told. */
  #meet(session: SoakSession, speaker: Speaker): void {
    session.speaker = speaker;
    void speaker.ended.then(async () => {
      if (this.#ending.has(speaker)) return;
      this.#ending.add(speaker);
      this.#timeline.begin(speaker.host, speaker.name).done(null);
      if (session.speaker === speaker) session.speaker = null;
      const asked = [
        'display-message',
        '-p',
        '-t',
        speaker.paneId,
        'status #{pane_dead_status}, signal #{pane_dead_signal}',
      ];
      const how = await session.pane?.multiplexer.run(...asked).catch(String);
      this.#surprise(`${speaker.name} on ${speaker.host} (${speaker.pid}) has ended by itself: ${how}`);
    });
  }

  #command({ name, ignoresHangUp }: SoakSession): string[] {
    const [program, other] = this.#programs;
    return [program, this.#truth.socketPath, name, ignoresHangUp ? 'nohup' : 'hup', other];
  }
}

/** What its row should say. */
function livingOf(
  { name, pane }: Pick<SoakSession, 'name' | 'pane'>,
  { pid, startTimeTicks, terminal }: Speaker,
): Living {
  if (!pane) return { pid, startTimeTicks, terminal: null, pane: null };
  return { pid, startTimeTicks, terminal, pane: `${name}:${pane.window}.0 ${pane.id}` };
}
