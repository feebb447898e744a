import { clockMs } from '../../test/storm/clock.ts';
import type { Milliseconds, NamedProcess, PaneName, Truth } from '../model.ts';
import { Chronicle, type State } from './chronicle.ts';
import type { TruthBook } from './contract.ts';
import { agentOf, agentPid, isThere } from './processes.ts';
import type { AgentLink } from './truth-server.ts';

/** One session, as the harness has it. */
export interface Inhabitant {
  readonly name: string;
  /** Null where it does not live. */
  link: AgentLink | null;
  pane: PaneName | null;
  /** The pane in which it is being started. */
  opening: PaneName | null;
  hangs: boolean;
  contained: boolean;
  /** It may end now: somebody has seen to that. */
  mayEnd: boolean;
  /** Its process, or its program, is being replaced: the end of the one is not the end of the session. */
  isReplaced: boolean;
}

/** A shell that a session has become, in the pane that it had. */
interface Shell {
  readonly pane: PaneName;
  readonly pid: number;
}

/** The first pane of every server is a shell's. */
const BASE = '%0';
const HELLO_MS = 60_000;

/** Everybody who lives in a run, and what is so of them: from their sockets, and from what was done to them. */
export class Inhabitants implements TruthBook {
  readonly chronicle: Chronicle;
  readonly #host: string;
  readonly #program: string;
  readonly #isUp: (server: string) => boolean;
  readonly #fail: (error: Error) => void;
  readonly #all = new Map<string, Inhabitant>();
  readonly #shells: Shell[] = [];
  readonly #waiting = new Map<string, (link: AgentLink) => void>();
  readonly #ends = new Map<AgentLink, () => void>();

  constructor(options: {
    readonly sessions: readonly string[];
    readonly host: string;
    /** The agents' program file. */
    readonly program: string;
    readonly isUp: (server: string) => boolean;
    /** Called where somebody ends whom nobody has ended. */
    readonly fail: (error: Error) => void;
  }) {
    this.chronicle = new Chronicle(options.sessions, clockMs());
    this.#host = options.host;
    this.#program = options.program;
    this.#isUp = options.isUp;
    this.#fail = options.fail;
    for (const name of options.sessions) {
      const none = { link: null, pane: null, opening: null, hangs: false, contained: false };
      this.#all.set(name, { name, ...none, mayEnd: false, isReplaced: false });
    }
  }

  get all(): readonly Inhabitant[] {
    return [...this.#all.values()];
  }

  of(session: string): Inhabitant {
    const found = this.#all.get(session);
    if (!found) throw new Error(`no session is called ${session}`);
    return found;
  }

  /** The link of one that lives. */
  linkOf(session: string): AgentLink {
    const { link } = this.of(session);
    if (link === null) throw new Error(`${session} does not live`);
    return link;
  }

  came(link: AgentLink): void {
    const found = this.#waiting.get(link.name);
    this.#waiting.delete(link.name);
    if (found) found(link);
    else this.#fail(new Error(`${link.name} has come, and nobody has started it`));
  }

  went(link: AgentLink): void {
    const inhabitant = this.of(link.name);
    this.#ends.get(link)?.();
    this.#ends.delete(link);
    if (inhabitant.link !== link || inhabitant.isReplaced) return;
    if (!inhabitant.mayEnd) this.#fail(new Error(`${link.name} has ended, and nobody has ended it`));
    Object.assign(inhabitant, { link: null, pane: null, hangs: false, contained: false, mayEnd: false });
    this.chronicle.settle(link.name, { status: 'dead' }, clockMs());
  }

  /** The next that calls itself so. Ask before it is started. */
  next(session: string): Promise<AgentLink> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${session} has not come in ${HELLO_MS} ms`)), HELLO_MS);
      this.#waiting.set(session, (link) => {
        clearTimeout(timer);
        resolve(link);
      });
    });
  }

  /** When its socket is closed. */
  end(link: AgentLink): Promise<void> {
    if (!link.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#ends.get(link);
      this.#ends.set(link, () => {
        before?.();
        resolve();
      });
    });
  }

  /** It lives now, as this one, here. */
  settle(inhabitant: Inhabitant): void {
    const { name, link, pane, hangs } = inhabitant;
    if (link === null) throw new Error(`${name} does not live`);
    const names = this.#namesOf(inhabitant);
    this.chronicle.settle(name, { status: 'alive', names, pane, responsive: !hangs }, clockMs());
  }

  /** What it is once its terminal is gone. */
  detached(inhabitant: Inhabitant): State {
    const names = this.#namesOf(inhabitant);
    return { status: 'alive', names, pane: null, responsive: !inhabitant.hangs };
  }

  becameShell(shell: Shell): void {
    this.#shells.push(shell);
  }

  now(session: string): Truth {
    const told = this.chronicle.now(session);
    const { opening } = this.of(session);
    const pid = opening && agentPid(session, this.#program);
    if (pid === null) return told;
    // It runs already, perhaps in a container, and has not said so yet.
    return { since: told.since, status: 'alive', names: [{ host: this.#host, pid }], pane: opening, responsive: true };
  }

  during(session: string, from: Milliseconds, to: Milliseconds): readonly Truth[] {
    return this.chronicle.during(session, from, to);
  }

  holderOf({ host, pid }: NamedProcess): { readonly session: string } | 'other' | null {
    const holder = this.all.find((it) => {
      // One that is being replaced has ended, or runs another program in the same process.
      const isGone = it.link !== null && !it.link.isOpen && agentOf(it.link.pid, this.#program) !== it.name;
      return !isGone && this.#namesOf(it).some((name) => name.host === host && name.pid === pid);
    });
    if (holder) return { session: holder.name };
    if (host !== this.#host || !isThere(pid)) return null;
    // It has not said who it is yet, being started; or it is none of ours.
    const session = agentOf(pid, this.#program);
    return session === null ? 'other' : { session };
  }

  occupantOf(pane: PaneName): { readonly session: string } | 'other' | null {
    if (!this.#isUp(pane.server)) return null;
    if (pane.id === BASE) return 'other';
    const session = this.all.find((it) => isSame(it.pane, pane) || isSame(it.opening, pane));
    if (session) return { session: session.name };
    return this.#shells.some((shell) => isSame(shell.pane, pane) && isThere(shell.pid)) ? 'other' : null;
  }

  #namesOf({ link, contained }: Inhabitant): readonly NamedProcess[] {
    if (link === null) return [];
    const outside = { host: this.#host, pid: link.pid };
    return contained ? [{ host: link.host, pid: link.ownPid }, outside] : [outside];
  }
}

function isSame(one: PaneName | null, other: PaneName): boolean {
  return one !== null && one.server === other.server && one.id === other.id;
}
