import type { Session } from '../model/session.ts';
import { withAllClaims } from '../observe.ts';
import type { RunClient } from '../panes/client.ts';
import type { MachineLook } from './machine-look.ts';

export type { RunClient };

/** What of a session is not read until it is asked for. */
export interface DetailsAsked {
  readonly panes: boolean;
  readonly claims: boolean;
}

/**
 * What is found out about the sessions of a look only where somebody asks, each once: it is added to sessions that stay as
 * they are. A session's process is the same before and after; one that has changed meanwhile has an unknown pane.
 */
export class SessionDetails {
  readonly #look: MachineLook;
  readonly #asked: RunClient | null;
  #run: Promise<RunClient> | null = null;
  #panes: Promise<readonly Session[]> | null = null;
  #claims: readonly Session[] | null = null;

  /** @param asked who runs the clients of multiplexers; null: as everywhere */
  constructor(look: MachineLook, asked: RunClient | null = null) {
    this.#look = look;
    this.#asked = asked;
  }

  /** Who asks the servers, each the same once. */
  get run(): Promise<RunClient> {
    this.#run ??= onceEach(this.#asked);
    return this.#run;
  }

  /** The sessions of the look, in their order, with these details. */
  async sessionsWith({ panes, claims }: DetailsAsked): Promise<readonly Session[]> {
    const bare = this.#look.snapshot.sessions;
    const claimed = claims ? this.#withClaims() : bare;
    const shown = panes ? await this.#withPanes() : bare;
    return bare.map((session, index) => {
      const [claim, pane] = [claimed[index] ?? session, shown[index] ?? session];
      const of = ({ evidence }: Session) => evidence.slice(session.evidence.length);
      const evidence = [...session.evidence, ...of(claim), ...of(pane)];
      return { ...session, claimedBy: claim.claimedBy, pane: pane.pane, evidence };
    });
  }

  #withClaims(): readonly Session[] {
    const { machine, snapshot } = this.#look;
    if (this.#claims === null) {
      const claimed = withAllClaims(snapshot.homes, machine);
      const of = new Map(snapshot.homes.map(({ session }, index) => [session, claimed[index]?.session]));
      this.#claims = snapshot.sessions.map((session) => of.get(session) ?? session);
    }
    return this.#claims;
  }

  #withPanes(): Promise<readonly Session[]> {
    this.#panes ??= this.#findPanes();
    return this.#panes;
  }

  async #findPanes(): Promise<readonly Session[]> {
    const { machine, snapshot } = this.#look;
    // Multiplexers are loaded where panes are asked for.
    const [{ withPanes }, run] = await Promise.all([import('../observe-panes.ts'), this.run]);
    const found = await withPanes({ sessions: snapshot.sessions, homes: [], incumbents: [] }, machine, run);
    return found.sessions;
  }
}

async function onceEach(asked: RunClient | null): Promise<RunClient> {
  const [{ askedOnce }, { runClient }] = await Promise.all([import('../panes/once.ts'), import('../panes/client.ts')]);
  return askedOnce(asked ?? runClient);
}
