import { Random } from '../test/makers/random.ts';
import { Fleet, REST_MS } from './fleet.ts';
import type { Milliseconds, Mishap, MishapKind, RunOptions } from './model.ts';
import { type HostMishap, type HostPlan, planOf } from './plan.ts';

/** All that will happen in a run, in order; and whose sessions live on when their terminal hangs up. */
export interface Schedule {
  readonly mishaps: readonly Mishap[];
  readonly ignoring: readonly string[];
}

/** The names of the tmux servers, as `tmux -L` takes them. */
export const SERVERS = ['bet-a', 'bet-b'] as const;

/** What a run calls its sessions. */
export function sessionNames(sessions: number): string[] {
  return Array.from({ length: sessions }, (_, number) => `agent-${number + 1}`);
}

type SessionKind = Extract<Mishap, { session: string }>['kind'];

/** Each of them happens once before any happens again, in an order of the seed's; a plain kill comes first. */
const KINDS: readonly SessionKind[] = [
  ...(['kill', 'oom', 'exit', 'exec', 'exec-shell', 'respawn', 'move', 'hang', 'number-reused'] as const),
];
/** What happens then, and how often. */
const OFTEN: readonly SessionKind[] = [
  ...(['kill', 'kill', 'kill', 'oom', 'oom', 'exit', 'exit', 'exec', 'exec', 'exec-shell'] as const),
  ...(['respawn', 'respawn', 'move', 'move', 'hang', 'number-reused'] as const),
];
/** What leaves a living, working session. */
const HARMLESS: readonly SessionKind[] = ['exec', 'respawn', 'move'];
/** Who dies late has to be there again at the end, and takes that long where a server or the host is not well. */
const RESTART_MS = 20_000;
/** Of those that die so many stay dead; but not more than this share of all. */
const STAYS_DEAD = 0.3;
const MOST_LEFT = 0.3;
/** What happens late is a kill so often. */
const LATE_KILLS = 0.15;
/** Of those that hang so many are killed after a while. */
const HUNG_IS_KILLED = 0.5;

/** What is to be tried at a time; it says when to try again. */
interface Attempt {
  readonly at: Milliseconds;
  readonly run: (at: Milliseconds) => Milliseconds | null;
}

/** Draws up what will happen: the same options give the same schedule. */
export function makeSchedule(options: RunOptions): Schedule {
  return new Draft(options).write();
}

class Draft {
  readonly #random: Random;
  readonly #plan: HostPlan;
  readonly #fleet: Fleet;
  readonly #ignoring: readonly string[];
  readonly #mishaps: Mishap[] = [];
  readonly #attempts: Attempt[] = [];
  /** What befalls the whole host, at the times for which it is planned now. */
  readonly #coming: HostMishap[];
  /** Those that nobody starts again. */
  readonly #left = new Set<string>();
  #deck: SessionKind[];

  constructor(options: RunOptions) {
    this.#random = new Random(options.seed);
    this.#plan = planOf(options, this.#random);
    const names = sessionNames(options.sessions);
    this.#ignoring = this.#shuffled(names)
      .slice(0, Math.max(1, Math.floor(names.length / 4)))
      .sort();
    this.#fleet = new Fleet(names, SERVERS, new Set(this.#ignoring));
    this.#deck = ['kill', ...this.#shuffled(KINDS)];
    this.#coming = [...this.#plan.host];
    for (const [number, mishap] of this.#plan.host.entries()) this.#try(mishap.at, (at) => this.#befall(number, at));
    for (const [number, session] of names.entries()) {
      const server = SERVERS[number % SERVERS.length] ?? SERVERS[0];
      this.#try(this.#plan.startAt(number), (at) => this.#happen({ at, kind: 'start', session, server }));
    }
    for (const at of this.#plan.turns) this.#try(at, (now) => this.#turn(now));
    for (const { at, kind } of this.#plan.forced) this.#try(at, (now) => this.#one([kind], now));
  }

  write(): Schedule {
    for (;;) {
      const next = this.#attempts.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) break;
      const again = next.at > this.#plan.last ? null : next.run(next.at);
      if (again !== null) this.#try(again, next.run);
    }
    return { mishaps: this.#mishaps, ignoring: this.#ignoring };
  }

  #try(at: Milliseconds, run: Attempt['run']): void {
    this.#attempts.push({ at, run });
  }

  /** Lets it happen now, or says when to try again. */
  #happen(mishap: Mishap): Milliseconds | null {
    if (this.#forbidden(mishap)) return mishap.at + this.#random.between(500, 1500);
    const living = this.#fleet.sessions.filter((it) => this.#fleet.member(it).alive);
    this.#fleet.apply(mishap);
    this.#mishaps.push(mishap);
    for (const session of living) if (!this.#fleet.member(session).alive) this.#restart(session, mishap.at);
    if (mishap.kind === 'start') this.#left.delete(mishap.session);
    if (mishap.kind === 'hang') this.#leaveHanging(mishap.session, mishap.at);
    return null;
  }

  #befall(number: number, at: Milliseconds): Milliseconds | null {
    const mishap = { ...(this.#coming[number] as HostMishap), at };
    // A run that is too short for it goes without.
    if ('lasts' in mishap && at + mishap.lasts > this.#plan.last) return null;
    const again = this.#happen(mishap);
    this.#coming[number] = { ...mishap, at: again ?? at };
    return again;
  }

  /** The fleet's rules, and room for what the plan has for the whole host. */
  #forbidden(mishap: Mishap): boolean {
    if (this.#fleet.objection(mishap) !== null) return true;
    if (!('session' in mishap)) return false;
    const { server } = this.#fleet.member(mishap.session);
    const shown = [server, 'server' in mishap ? mishap.server : null];
    return this.#coming.some((coming) => {
      if (coming.at <= mishap.at || coming.at > mishap.at + REST_MS) return false;
      return coming.kind === 'starved' || (coming.kind === 'server-killed' && shown.includes(coming.server));
    });
  }

  /** The next of the deck that can happen to anybody now. */
  #turn(at: Milliseconds): Milliseconds | null {
    if (at > this.#plan.lastDeath) {
      const mayKill = at < this.#plan.last - RESTART_MS && this.#random.chance(LATE_KILLS);
      this.#one(mayKill ? ['kill'] : this.#shuffled(HARMLESS), at);
      // What cannot be now is left out: else all that was put off would be killed.
      return null;
    }
    if (this.#deck.length === 0) this.#deck = this.#shuffled(OFTEN);
    return this.#one(this.#deck[0] === 'kill' ? ['kill'] : this.#deck, at);
  }

  /** One of these kinds, the first that can be, to one of those that it can happen to. */
  #one(kinds: readonly SessionKind[], at: Milliseconds): Milliseconds | null {
    for (const kind of kinds) {
      const possible = this.#fleet.sessions.flatMap((session) => {
        const mishap = this.#mishapOf(kind, session, at);
        return this.#forbidden(mishap) ? [] : [mishap];
      });
      if (possible.length === 0) continue;
      const place = this.#deck.indexOf(kind);
      if (place !== -1) this.#deck.splice(place, 1);
      return this.#happen(this.#random.pick(possible));
    }
    return at + this.#random.between(500, 1500);
  }

  #mishapOf(kind: SessionKind, session: string, at: Milliseconds): Mishap {
    if (kind !== 'start' && kind !== 'move') return { at, kind, session };
    const servers = this.#fleet.servers.filter((it) => this.#fleet.isUp(it));
    return { at, kind, session, server: this.#random.pick(servers.length > 0 ? servers : [...SERVERS]) };
  }

  /** Somebody notices, or nobody does. */
  #leaveHanging(session: string, at: Milliseconds): void {
    if (!this.#random.chance(HUNG_IS_KILLED)) return;
    this.#try(at + this.#delay(), (now) => (now > this.#plan.lastDeath ? null : this.#killHung(session, now)));
  }

  #killHung(session: string, at: Milliseconds): Milliseconds | null {
    const { alive, hung } = this.#fleet.member(session);
    return alive && hung ? this.#happen({ at, kind: 'kill', session }) : null;
  }

  /** Somebody starts it again, or nobody does. */
  #restart(session: string, at: Milliseconds): void {
    const isLate = at > this.#plan.lastDeath;
    // Somebody has to be left, and the chances come to an end.
    const isDue = this.#left.size === 0 && at > this.#plan.lastDeath * 0.7;
    const mayStay = !isLate && this.#left.size < this.#fleet.sessions.length * MOST_LEFT;
    if (mayStay && (isDue || this.#random.chance(STAYS_DEAD))) {
      this.#left.add(session);
      return;
    }
    this.#try(at + (isLate ? REST_MS : this.#delay()), (now) => {
      return this.#fleet.member(session).alive ? null : this.#happen(this.#mishapOf('start', session, now));
    });
  }

  #delay(): Milliseconds {
    const [least, most] = this.#plan.delays;
    return this.#random.between(least, most);
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.#random.between(0, rest.length - 1), 1)[0] as T);
  }
}

/** Of which kinds something happens in a schedule. */
export function kindsOf({ mishaps }: Schedule): ReadonlySet<MishapKind> {
  return new Set(mishaps.map(({ kind }) => kind));
}
