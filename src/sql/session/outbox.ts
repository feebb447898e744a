/** Bytes that are given to the connection at once. */
const PIECE = 64 * 1024;

/** What goes to the client, whole messages at a time: small ones together, and no faster than it takes them. */
export class Outbox {
  readonly #send: (frames: Uint8Array) => Promise<void> | void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  /** Ends the wait for a client that does not take what it is sent; null where there is none. */
  #giveUp: (() => void) | null = null;

  constructor(send: (frames: Uint8Array) => Promise<void> | void) {
    this.#send = send;
  }

  /** Adds messages; returns when no more of them wait than a piece. */
  async put(frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      if (this.#bytes + frame.length > PIECE) await this.flush();
      if (frame.length > PIECE) await this.#give(frame);
      else {
        this.#waiting.push(frame);
        this.#bytes += frame.length;
      }
    }
  }

  async flush(): Promise<void> {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return;
    const all = others.length === 0 ? first : Buffer.concat(this.#waiting, this.#bytes);
    this.#waiting = [];
    this.#bytes = 0;
    await this.#give(all);
  }

  /** Nothing is sent any more, and nobody waits for a client that is gone. */
  end(): void {
    this.#isEnded = true;
    this.#waiting = [];
    this.#giveUp?.();
  }

  async #give(bytes: Uint8Array): Promise<void> {
    if (this.#isEnded) return;
    const taken = this.#send(bytes);
    if (taken === undefined) return;
    // A promise for the whole of the session's life, raced with each of these, would keep all of them for as long.
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = resolve;
      taken.then(resolve, reject);
    });
    this.#giveUp = null;
  }
}
