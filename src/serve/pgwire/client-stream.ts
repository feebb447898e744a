import type net from 'node:net';
import { FrameSplitter } from '../../sql/protocol/frame-splitter.ts';

/** What bounds a connection, whatever is spoken on it. */
export interface StreamLimits {
  /** Bytes that have come and that nobody has asked for, before we stop to read. */
  readonly unreadBytes: number;
  /** Milliseconds in which some of what is sent has to be taken. */
  readonly stallMs: number;
  /** Nothing was. */
  readonly onStalled: () => void;
}

/** What is given to the socket at once: each piece that is taken is a sign of life. */
const PIECE_BYTES = 64 * 1024;
/** How long a client may take to read what it was told last. */
const LINGER_MS = 2_000;

/**
 * A connection, read when somebody asks and written as fast as it is taken. It is never in anybody's way: it does not
 * throw, a read ends with null where the client is gone, and what is written to one that is gone is lost.
 */
export class ClientStream {
  readonly #limits: StreamLimits;
  readonly #splitter = new FrameSplitter();
  #socket: net.Socket;
  /** The client sends no more: it has ended its half, or is gone. */
  #isAtEnd = false;
  #isGone = false;
  #isReading = true;
  /** The last word is said. */
  #isEnding = false;
  /** What is being sent has been given to the socket in part: anything else would stand in the middle of a message. */
  #isWithin = false;
  #wake: (() => void) | null = null;
  readonly #whenGone = new Set<() => void>();
  readonly #whenAtEnd = new Set<() => void>();

  constructor(socket: net.Socket, limits: StreamLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#attach(socket);
  }

  get socket(): net.Socket {
    return this.#socket;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Bytes that have come and are not read yet. */
  get unreadBytes(): number {
    return this.#splitter.heldBytes;
  }

  /** Calls back once, where nothing that is sent can arrive any more. */
  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#whenGone.add(listener);
  }

  /** Calls back once, where the client has ended its half; it may be gone altogether. */
  onEnd(listener: () => void): void {
    if (this.#isAtEnd) listener();
    else this.#whenAtEnd.add(listener);
  }

  /**
   * Reads one message.
   * @param next takes it out of what has come; null where it is not whole yet
   * @returns null where it does not come any more
   * @throws what `next` throws
   */
  async read<T>(next: (splitter: FrameSplitter) => T | null): Promise<T | null> {
    for (;;) {
      // What came before the client vanished is of no use, since nobody hears the answer.
      if (this.#isGone || this.#isEnding) return null;
      const found = next(this.#splitter);
      if (found !== null || this.#isAtEnd) return found;
      await this.#more();
    }
  }

  /** The first byte that has come and is not read yet; null where none comes. */
  async firstByte(): Promise<number | null> {
    return this.read((splitter) => splitter.firstByte);
  }

  /**
   * Sends whole messages. The next ones are sent when these are taken.
   * @returns when the client can take more; at once, nothing
   */
  send(bytes: Uint8Array): Promise<void> | void {
    if (this.#isGone || this.#isEnding || bytes.length === 0) return;
    if (bytes.length > PIECE_BYTES) return this.#sendPieces(bytes);
    if (!this.#socket.write(bytes)) return this.#drained();
  }

  /** Sends something only to see whether anybody is there; where something is on its way already, that shows it. */
  probe(bytes: Uint8Array): void {
    if (!this.#isWithin && !this.#socket.writableNeedDrain) void this.send(bytes);
  }

  /** Says the last word, unless another has been said in part, and closes when it is read or nobody reads it. */
  end(bytes: Uint8Array = new Uint8Array()): void {
    if (this.#isGone || this.#isEnding) return;
    this.#isEnding = true;
    const socket = this.#socket;
    socket.end(this.#isWithin ? new Uint8Array() : bytes);
    // What is not read when a socket is closed makes the kernel take back what was sent.
    socket.removeAllListeners('data');
    socket.resume();
    this.#woken();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    linger.unref();
    this.onGone(() => clearTimeout(linger));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Goes on over another socket that is laid over this one, and gets what has come and is not read yet.
   * @param wrap makes it, of a socket that nobody listens to any more
   */
  upgrade<T extends net.Socket>(wrap: (socket: net.Socket) => T): T {
    const socket = this.#socket;
    for (const event of ['data', 'end', 'close', 'error']) socket.removeAllListeners(event);
    // TLS tells of it by itself; the socket below would be an error that nobody has listened to.
    socket.on('error', () => undefined);
    socket.pause();
    const early = this.#splitter.takeAll();
    if (early.length > 0) socket.unshift(early);
    const over = wrap(socket);
    this.#socket = over;
    this.#attach(over);
    return over;
  }

  #attach(socket: net.Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#splitter.push(chunk);
      if (this.#wake === null && this.#splitter.heldBytes > this.#limits.unreadBytes) {
        this.#isReading = false;
        socket.pause();
      }
      this.#woken();
    });
    socket.on('end', () => this.#atEnd());
    // What went wrong is told by 'close' too, and nobody is left to hear of it.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isGone = true;
      this.#atEnd();
      for (const listener of this.#whenGone) listener();
      this.#whenGone.clear();
    });
  }

  #atEnd(): void {
    if (!this.#isAtEnd) {
      this.#isAtEnd = true;
      for (const listener of this.#whenAtEnd) listener();
      this.#whenAtEnd.clear();
    }
    this.#woken();
  }

  #woken(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async #more(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#isReading) {
      this.#isReading = true;
      this.#socket.resume();
    }
    await woken;
  }

  async #sendPieces(bytes: Uint8Array): Promise<void> {
    this.#isWithin = true;
    for (let at = 0; at < bytes.length && !this.#isGone && !this.#isEnding; at += PIECE_BYTES) {
      if (!this.#socket.write(bytes.subarray(at, at + PIECE_BYTES))) await this.#drained();
    }
    this.#isWithin = false;
  }

  async #drained(): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(stalled);
        socket.off('drain', done);
        this.#whenGone.delete(done);
        resolve();
      };
      const stalled = setTimeout(() => {
        this.#limits.onStalled();
        socket.destroy();
      }, this.#limits.stallMs);
      socket.on('drain', done);
      this.onGone(done);
    });
  }
}
