import type { Connection } from '../registry/connected.ts';

/** What a watch needs of a registry beside its rows: to say who keeps them. */
export interface WatchedStore {
  readonly place: string;
  connection(): Promise<Connection>;
  hold(hostId: string, formers: readonly Connection[]): Promise<void>;
  announce(hostId: string): Promise<void>;
  retract(hostId: string): Promise<void>;
  withdraw(hostId: string): Promise<void>;
  onEnd(run: () => void): void;
  close(): Promise<void>;
}

/** How many lost connections to remember: older ones the server has missed long ago. */
const FORMERS = 16;

/** The registry for as long as it is there: opened when it is wanted, and given up when it fails. */
export class Link<Store extends WatchedStore> {
  readonly #open: () => Promise<Store>;
  readonly #hostId: string;
  readonly #onEnd: () => void;
  /** Connections that a server may take for ours still. */
  #formers: readonly Connection[] = [];
  #store: Store | null = null;
  /** What was said of the rows over this connection; null: nothing yet. */
  #said: 'right' | 'wrong' | null = null;

  /** @param onEnd told when the server is gone, so that nobody waits for the next interval to find out */
  constructor(open: () => Promise<Store>, hostId: string, onEnd: () => void) {
    this.#open = open;
    this.#hostId = hostId;
    this.#onEnd = onEnd;
  }

  /** The registry, with this host's watch held. @throws {PlumblineError} what opening and `hold` throw */
  async store(): Promise<Store> {
    if (this.#store) return this.#store;
    const store = await this.#open();
    try {
      const connection = await store.connection();
      const formers = this.#formers;
      this.#formers = [connection, ...formers].slice(0, FORMERS);
      await store.hold(this.#hostId, formers);
    } catch (error) {
      await store.close();
      throw error;
    }
    store.onEnd(() => {
      if (this.#store === store) this.#onEnd();
    });
    this.#store = store;
    return store;
  }

  /** The rows are right: says so, once. */
  async announce(): Promise<void> {
    if (this.#store === null || this.#said === 'right') return;
    await this.#store.announce(this.#hostId);
    this.#said = 'right';
  }

  /** They are not right, though somebody looks: they read as unknown until it is said that they are. */
  async retract(): Promise<void> {
    if (this.#store === null || this.#said === 'wrong') return;
    await this.#store.retract(this.#hostId);
    this.#said = 'wrong';
  }

  /** Nobody keeps the rows from now on, as it was asked. */
  async withdraw(): Promise<void> {
    if (this.#said === 'right') await this.#store?.withdraw(this.#hostId);
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#said = null;
    this.#store = null;
    await store?.close();
  }
}
