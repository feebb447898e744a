/** Bytes that are given to the connection at once. */
const PIECE = 64 * 1024;

/** What goes to the client: small messages together, large ones in pieces, no faster than it takes them. */
export class Outbox {
  readonly #send: (frames: Uint8Array) => Promise<void> | void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isEnded = false;
  #end!: () => void;
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(send: (frames: Uint8Array) => Promise<void> | void) {
    this.#send = send;
  }

  /** Adds messages; returns when no more of them wait than a piece. */
  async put(frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      if (this.#bytes + frame.length > PIECE) await this.flush();
      if (frame.length > PIECE) await this.#sendInPieces(frame);
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
    this.#end();
  }

  async #sendInPieces(frame: Uint8Array): Promise<void> {
    for (let at = 0; at < frame.length; at += PIECE) await this.#give(frame.subarray(at, at + PIECE));
  }

  async #give(bytes: Uint8Array): Promise<void> {
    if (this.#isEnded) return;
    await Promise.race([this.#send(bytes), this.#ended]);
  }
}
