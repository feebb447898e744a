import type { Connection } from '../registry/connected.ts';

/** What a watch needs of a registry beside its rows: a host that is connected. */
export interface WatchedStore {
  readonly place: string;
  connection(): Promise<Connection>;
  hold(hostId: string, formers: readonly Connection[]): Promise<void>;
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

  /** @param onEnd told when the server is gone, so that nobody waits for the next interval to find out */
  constructor(open: () => Promise<Store>, hostId: string, onEnd: () => void) {
    this.#open = open;
    this.#hostId = hostId;
    this.#onEnd = onEnd;
  }

  /** The registry, with this host connected. @throws {PlumblineError} what opening and `hold` throw */
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

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    await store?.close();
  }
}
