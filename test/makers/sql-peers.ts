import net from 'node:net';
import {
  commandTag,
  errorFields,
  framesOf,
  parameterStatus,
  parameterTypes,
  resultFields,
  rowValues,
} from '../../src/sql/protocol/answer.ts';
import { int32, joined, textWithEnd } from '../../src/sql/protocol/bytes.ts';
import { decodeFrontend } from '../../src/sql/protocol/frontend-message.ts';
import { openSession } from '../../src/sql/session/open-session.ts';
import type { SessionOptions, SqlSession } from '../../src/sql/session/session.ts';

/** Somebody who answers a client's messages: Postgres, or a session of ours. */
export interface Peer {
  /**
   * Sends messages, the last of them Query or Sync.
   * @param readies how often the answer says that the next can come; as often as it is asked for, if nothing is skipped
   * @returns all that is answered
   */
  ask(frames: readonly Uint8Array[], readies?: number): Promise<Uint8Array>;
  end(): void;
}

/** A session, given messages one at a time as a connection does. */
export class SessionPeer implements Peer {
  readonly session: SqlSession;
  #told: Uint8Array[] = [];

  constructor(options: Omit<SessionOptions, 'send'>, send: SessionOptions['send'] = () => {}) {
    const keep: SessionOptions['send'] = (frames) => {
      this.#told.push(Buffer.from(frames));
      return send(frames);
    };
    this.session = openSession({ ...options, send: keep });
  }

  async ask(frames: readonly Uint8Array[]): Promise<Uint8Array> {
    this.#told = [];
    for (const { type, body } of framesOf(joined(frames))) await this.#give(type, body);
    return joined(this.#told);
  }

  end(): void {
    this.session.end();
  }

  async #give(type: string, body: Uint8Array): Promise<void> {
    const message = decodeFrontend(type, body);
    switch (message.kind) {
      case 'query':
        return await this.session.query(message.text);
      case 'parse':
        return await this.session.parse(message.name, message.text, message.parameterTypes);
      case 'bind':
        return await this.session.bind(message);
      case 'describe':
        return await this.session.describe(message.what, message.name);
      case 'close':
        return await this.session.closeNamed(message.what, message.name);
      case 'execute':
        return await this.session.execute(message.portal, message.maxRows);
      case 'sync':
        return await this.session.sync();
      default:
        throw new RangeError(`no message of a session: ${message.kind}`);
    }
  }
}

/** A real Postgres on a socket. */
export class PostgresPeer implements Peer {
  readonly #socket: net.Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};

  private constructor(path: string) {
    this.#socket = net.connect(path);
    this.#socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake();
    });
    this.#socket.on('close', () => this.#wake());
  }

  static async connect(path: string, startup: Readonly<Record<string, string>>): Promise<PostgresPeer> {
    const peer = new PostgresPeer(path);
    const VERSION_3 = 196_608;
    const said = [...Object.entries(startup).flat(), ''].map(textWithEnd);
    const body = joined([int32(VERSION_3), ...said]);
    peer.#socket.write(joined([int32(body.length + 4), body]));
    await peer.#upToReady(1);
    return peer;
  }

  async ask(frames: readonly Uint8Array[], readies = asksIn(frames)): Promise<Uint8Array> {
    this.#socket.write(joined(frames));
    return await this.#upToReady(readies);
  }

  end(): void {
    this.#socket.destroy();
  }

  async #upToReady(count: number): Promise<Uint8Array> {
    for (;;) {
      if (readyCount(this.#bytes) >= count) {
        const all = this.#bytes;
        this.#bytes = Buffer.alloc(0);
        return all;
      }
      if (this.#socket.destroyed) throw new Error('Postgres has closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function asksIn(frames: readonly Uint8Array[]): number {
  return [...framesOf(joined(frames))].filter(({ type }) => type === 'Q' || type === 'S').length;
}

/** How often an answer that may not have come whole has ended. */
export function readyCount(answer: Uint8Array): number {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  let count = 0;
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) break;
    if (bytes[at] === 0x5a) count++;
    at = end;
  }
  return count;
}

/** An answer in words that are the same whoever has given it: without what is worded otherwise from version to version. */
export function told(answer: Uint8Array): readonly string[] {
  const text = (it: Uint8Array | null) => (it === null ? 'null' : JSON.stringify(Buffer.from(it).toString('latin1')));
  return [...framesOf(answer)].flatMap(({ type, body }) => {
    switch (type) {
      case 'T': {
        const fields = resultFields(body).map(({ name, typeOid, format }) => `${name}:${typeOid}:${format}`);
        return [`columns ${fields.join(' ')}`];
      }
      case 'D':
        return [`row ${rowValues(body).map(text).join(' ')}`];
      case 'C':
        return [`done ${commandTag(body)}`];
      case 'E':
      case 'N': {
        const fields = errorFields(body);
        // What Postgres says to itself: of references that it has lost.
        if (fields.get('C') === '01000') return [];
        const position = fields.has('P') ? ` at ${fields.get('P')}` : '';
        return [`${fields.get('V')} ${fields.get('C')}${position}`];
      }
      case 'Z':
        return [`ready ${String.fromCharCode(body[0] ?? 0)}`];
      case 't':
        return [`parameters ${parameterTypes(body).join(' ')}`];
      case 'S':
        // Later versions report more settings, and servers have other defaults.
        return parameterStatus(body)[0] === 'search_path' ? [] : [`setting ${parameterStatus(body).join('=')}`];
      case 'd':
        return [`copied ${text(body)}`];
      default:
        return [type];
    }
  });
}
