import { once } from 'node:events';
import net from 'node:net';
import { errorFields, Frame } from '../../src/sql/protocol/answer.ts';
import { frontend } from '../../src/sql/protocol/frontend.ts';
import { encodeStartup } from '../../src/sql/protocol/startup-packet.ts';
import { waitFor } from './wait-for.ts';

/** Where a server listens: a port on this machine, or the file of a socket. */
export type WirePlace = number | string;

/** A message as it came. */
export interface Told {
  readonly type: string;
  readonly body: Buffer;
}

/** A client that says what it is told to, right or wrong, and keeps what it hears. */
export class WireClient {
  readonly socket: net.Socket;
  #heard = Buffer.alloc(0);
  #told: Told[] = [];
  isClosed = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
    });
    // How a connection ends is what tests look at.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(place: WirePlace, host = '127.0.0.1'): Promise<WireClient> {
    const socket = typeof place === 'string' ? net.connect(place) : net.connect({ port: place, host });
    await once(socket, 'connect');
    return new WireClient(socket);
  }

  /** Connects, says who it is, and waits to be let in. */
  static async start(place: WirePlace, parameters: Readonly<Record<string, string>> = {}): Promise<WireClient> {
    const client = await WireClient.connect(place);
    client.startup(parameters);
    await client.ready();
    return client;
  }

  startup(parameters: Readonly<Record<string, string>> = {}, minor = 0): void {
    const all = new Map(Object.entries({ user: 'ada', database: 'plumbline', ...parameters }));
    this.send(encodeStartup({ kind: 'startup', minor, parameters: all }));
  }

  send(...bytes: readonly (Uint8Array | string)[]): void {
    for (const it of bytes) if (!this.socket.destroyed) this.socket.write(it);
  }

  /** Bytes that came and are no message, as the answer to a request for TLS. */
  async byte(): Promise<string> {
    await waitFor('a byte', () => this.#heard.length > 0);
    const [first = 0] = this.#heard;
    this.#heard = this.#heard.subarray(1);
    return String.fromCharCode(first);
  }

  /** Reads on to a message of this type, and returns all up to it. */
  async until(type: string): Promise<readonly Told[]> {
    return waitFor(`message ${type}`, () => {
      this.#parse();
      const at = this.#told.findIndex((it) => it.type === type);
      if (at >= 0) return this.#told.splice(0, at + 1);
      if (this.isClosed) throw new Error(`closed before ${type}: ${this.#told.map((it) => it.type).join('')}`);
      return null;
    });
  }

  async ready(): Promise<readonly Told[]> {
    const told = await this.until('Z');
    const error = told.find(({ type }) => type === 'E');
    if (error) throw new Error(`refused: ${errorFields(error.body).get('M')}`);
    return told;
  }

  /** A simple query: types of all messages of the answer. */
  async query(text: string): Promise<string> {
    this.send(frontend.query(text));
    return (await this.until('Z')).map(({ type }) => type).join('');
  }

  /** The first value of the first row. */
  async value(text: string): Promise<string> {
    this.send(frontend.query(text));
    const row = (await this.until('Z')).find(({ type }) => type === 'D');
    return row?.body.subarray(6).toString() ?? 'no row';
  }

  /** The error that ends the connection: its SQLSTATE and message. */
  async lastWords(): Promise<string> {
    await this.closed();
    this.#parse();
    const errors = this.#told.filter(({ type }) => type === 'E').map(({ body }) => errorFields(body));
    return errors.map((it) => `${it.get('S')} ${it.get('C')} ${it.get('M')}`).join('; ');
  }

  async closed(): Promise<void> {
    await waitFor('the end of a connection', () => this.isClosed);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Ends it as a broken machine would: the other side gets RST, which there is in TCP alone. */
  reset(): void {
    if (this.socket.remotePort === undefined) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  #parse(): void {
    for (let at = 0; ; ) {
      const length = this.#heard.length >= at + 5 ? this.#heard.readInt32BE(at + 1) : -1;
      if (length < 0 || this.#heard.length < at + 1 + length) {
        this.#heard = this.#heard.subarray(at);
        return;
      }
      const { type, body, end } = new Frame(this.#heard, at, at + 1 + length);
      this.#told.push({ type, body: Buffer.from(body) });
      at = end;
    }
  }
}
