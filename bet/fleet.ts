import type { Milliseconds, Mishap } from './model.ts';

/** What a schedule has made of one session so far. */
export interface Member {
  /** Where it is shown; null once its terminal is gone, or where it does not live. */
  readonly server: string | null;
  readonly alive: boolean;
  readonly hung: boolean;
  readonly contained: boolean;
  /** When something was last done to it. */
  readonly touched: Milliseconds;
}

/** How long a session is left alone after something was done to it: to come up, and to be seen. */
export const REST_MS = 5000;
/** Where what needs the CPU of agents is not begun: before the host is slow, and until it has recovered. */
const AROUND_STARVED_MS = 5000;
/** How long a new server is left alone. */
const NEW_SERVER_MS = 3000;

const NOT_THERE: Member = { server: null, alive: false, hung: false, contained: false, touched: -REST_MS };

/**
 * A fleet as a schedule sees it: what may happen to whom at which time, and what becomes of it. What is not allowed here
 * could not happen in the world: nobody dead is killed, nobody hung ends by itself.
 */
export class Fleet {
  readonly #members = new Map<string, Member>();
  readonly #up = new Map<string, Milliseconds>();
  readonly #ignoring: ReadonlySet<string>;
  #starvedUntil = Number.NEGATIVE_INFINITY;
  #databaseAwayUntil = Number.NEGATIVE_INFINITY;

  /** @param ignoring those that live on when their terminal hangs up */
  constructor(sessions: readonly string[], servers: readonly string[], ignoring: ReadonlySet<string>) {
    for (const session of sessions) this.#members.set(session, NOT_THERE);
    for (const server of servers) this.#up.set(server, Number.NEGATIVE_INFINITY);
    this.#ignoring = ignoring;
  }

  get sessions(): readonly string[] {
    return [...this.#members.keys()];
  }

  get servers(): readonly string[] {
    return [...this.#up.keys()];
  }

  member(session: string): Member {
    const found = this.#members.get(session);
    if (!found) throw new Error(`no session is called ${session}`);
    return found;
  }

  isUp(server: string): boolean {
    return !Number.isNaN(this.#up.get(server) ?? Number.NaN);
  }

  /** Why this cannot happen at its time; null where it can. */
  objection(mishap: Mishap): string | null {
    if ('session' in mishap) return this.#sessionObjection(mishap);
    switch (mishap.kind) {
      case 'starved':
        return mishap.at < this.#starvedUntil ? 'the host is slow already' : this.#restless(this.sessions, mishap.at);
      case 'database-outage':
        return mishap.at < this.#databaseAwayUntil ? 'the database is away already' : null;
      case 'server-started':
        return this.isUp(mishap.server) ? 'the server is there' : null;
      case 'client-gone':
        return this.#steady(mishap.server, mishap.at) ? null : 'the server has no client now';
      case 'server-killed':
        return this.#serverObjection(mishap.server, mishap.at);
    }
  }

  /** Lets it happen. */
  apply(mishap: Mishap): void {
    const objection = this.objection(mishap);
    if (objection !== null) throw new Error(`${JSON.stringify(mishap)}: ${objection}`);
    if ('session' in mishap) this.#members.set(mishap.session, this.#become(mishap));
    else if (mishap.kind === 'starved') this.#starvedUntil = mishap.at + mishap.lasts + AROUND_STARVED_MS;
    else if (mishap.kind === 'database-outage') this.#databaseAwayUntil = mishap.at + mishap.lasts;
    else if (mishap.kind === 'server-started') this.#up.set(mishap.server, mishap.at);
    else if (mishap.kind === 'server-killed') this.#killServer(mishap.server, mishap.at);
  }

  #sessionObjection(mishap: Extract<Mishap, { session: string }>): string | null {
    const { alive, hung, contained, server, touched } = this.member(mishap.session);
    const { kind, at } = mishap;
    if (at < touched + REST_MS) return 'something was done to it just now';
    if (server !== null && !this.#steady(server, at)) return 'its server has only just come';
    if (alive === (kind === 'start')) return alive ? 'it lives' : 'it does not live';
    if ('server' in mishap && !this.#steady(mishap.server, at)) return 'there is no such server now';
    if (kind === 'kill') return null;
    if (at < this.#starvedUntil) return 'the host is slow';
    // Number and memory are those of the process; all else it has to do itself.
    if (kind === 'number-reused') return contained ? 'its number is one of a container' : null;
    if (hung) return 'it hangs';
    // tmux takes the terminal away and starts the next one at once: who lives on would be there beside it.
    if (kind === 'respawn' && this.#ignoring.has(mishap.session)) return 'it lives on without its terminal';
    if (kind === 'respawn') return server === null || contained ? 'it is not the process of a pane' : null;
    if (kind === 'exec-shell') return server === null || contained ? 'a shell without a terminal ends at once' : null;
    if (kind === 'move') return contained ? 'it has moved already' : null;
    return null;
  }

  #serverObjection(server: string, at: Milliseconds): string | null {
    if (!this.#steady(server, at)) return 'the server is not there';
    if (at < this.#starvedUntil) return 'the host is slow';
    return this.#restless(this.#shownBy(server), at);
  }

  #restless(sessions: readonly string[], at: Milliseconds): string | null {
    const busy = sessions.find((session) => at < this.member(session).touched + REST_MS);
    return busy === undefined ? null : `something was done to ${busy} just now`;
  }

  /** It is there, and has been for a while. */
  #steady(server: string, at: Milliseconds): boolean {
    return at >= (this.#up.get(server) ?? Number.POSITIVE_INFINITY) + NEW_SERVER_MS;
  }

  #shownBy(server: string): string[] {
    return this.sessions.filter((session) => this.member(session).server === server);
  }

  #killServer(server: string, at: Milliseconds): void {
    for (const session of this.#shownBy(server)) {
      const before = this.member(session);
      // What hangs cannot say goodbye, nor end.
      const survives = before.hung || this.#ignoring.has(session);
      this.#members.set(session, survives ? { ...before, server: null, touched: at } : { ...NOT_THERE, touched: at });
    }
    this.#up.set(server, Number.NaN);
  }

  #become(mishap: Extract<Mishap, { session: string }>): Member {
    const before = this.member(mishap.session);
    const touched = mishap.at;
    switch (mishap.kind) {
      case 'start':
        return { server: mishap.server, alive: true, hung: false, contained: false, touched };
      case 'move':
        return { server: mishap.server, alive: true, hung: false, contained: true, touched };
      case 'exec':
      case 'respawn':
        return { ...before, touched };
      case 'hang':
        return { ...before, hung: true, touched };
      default:
        return { ...NOT_THERE, touched };
    }
  }
}
