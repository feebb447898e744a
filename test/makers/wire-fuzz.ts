import net from 'node:net';
import { frontend } from '../../src/sql/protocol/frontend.ts';
import { encodeStartup } from '../../src/sql/protocol/startup-packet.ts';
import type { Random } from './random.ts';
import { WireClient, type WirePlace } from './wire-client.ts';

/** Where and what to fuzz. */
export interface FuzzTarget {
  readonly place: WirePlace;
  readonly random: Random;
  /** Statements that the server knows; some of them for ever, some with more rows than anybody reads. */
  readonly statements: readonly string[];
}

const STARTUP = encodeStartup({
  kind: 'startup',
  minor: 0,
  parameters: new Map([
    ['user', 'fuzz'],
    ['database', 'plumbline'],
    ['options', '-c a=b'],
  ]),
});

/** What is asked first, besides. */
const PREFACES = [encodeStartup({ kind: 'ssl' }), encodeStartup({ kind: 'gss' })];

/** A conversation of which every message is right, in an order that may not be. */
export function conversation({ random, statements }: FuzzTarget): Uint8Array {
  const messages: Uint8Array[] = random.chance(0.2) ? [random.pick(PREFACES)] : [];
  messages.push(STARTUP);
  for (let left = random.between(1, 8); left > 0; left--) messages.push(message(random, statements));
  return Buffer.concat(messages);
}

function message(random: Random, statements: readonly string[]): Uint8Array {
  const name = random.pick(['', 'a', 'ä', 'x'.repeat(70)]);
  const text = random.pick(statements);
  const what = random.pick(['statement', 'portal'] as const);
  const makers: readonly (() => Uint8Array)[] = [
    () => frontend.query(text),
    () => frontend.parse(name, text, random.chance(0.3) ? [25, 0] : []),
    () =>
      frontend.bind({
        portal: name,
        statement: random.pick(['', 'a']),
        parameterFormats: random.pick([[], [0], [1]]),
        parameters: random.pick([[], [null], [Buffer.from('1')], [Buffer.alloc(9)]]),
        resultFormats: random.pick([[], [0], [1]]),
      }),
    () => frontend.describe(what, name),
    () => frontend.execute(name, random.between(-1, 3)),
    () => frontend.close(what, name),
    () => frontend.flush(),
    () => frontend.sync(),
    () => frontend.sync(),
    () =>
      Buffer.from(
        random.pick(['d\0\0\0\x05x', 'c\0\0\0\x04', 'f\0\0\0\x05\0', 'F\0\0\0\x04', 'p\0\0\0\x05\0']),
        'latin1',
      ),
  ];
  return random.pick(makers)();
}

/** The same, damaged in one to four places. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let found: Buffer = Buffer.from(bytes);
  for (let left = random.between(1, 4); left > 0 && found.length > 0; left--) {
    const at = random.between(0, found.length - 1);
    const ways: readonly (() => Buffer)[] = [
      () => Buffer.concat([found.subarray(0, at), Buffer.of(random.between(0, 255)), found.subarray(at + 1)]),
      () => Buffer.concat([found.subarray(0, at), noise(random, random.between(1, 9)), found.subarray(at)]),
      () => Buffer.concat([found.subarray(0, at), found.subarray(at + random.between(1, 9))]),
      () => Buffer.concat([found.subarray(0, at), found.subarray(random.between(0, at))]),
      // A length that means more than there is.
      () => Buffer.concat([found.subarray(0, at), Buffer.of(0xff, 0xff, 0xff, 0xff), found.subarray(at + 4)]),
    ];
    found = random.pick(ways)();
  }
  return found;
}

/** Bytes of any kind. */
export function noise(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.between(0, 255)));
}

/** Says something in pieces, and is gone in one of the ways in which clients are. */
export async function visit({ place, random }: FuzzTarget, bytes: Uint8Array): Promise<void> {
  const client = await WireClient.connect(place);
  for (let at = 0; at < bytes.length; ) {
    const size = random.chance(0.3) ? 1 : random.between(1, bytes.length);
    client.send(bytes.subarray(at, at + size));
    at += size;
    if (random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
  }
  if (random.chance(0.3)) client.reset();
  else if (random.chance(0.5)) client.destroy();
  else {
    // It ends its half. Whatever is wrong with it, the server ends the other.
    client.socket.end();
    if (random.chance(0.5)) client.socket.pause();
    await Promise.race([client.closed(), new Promise((resolve) => setTimeout(resolve, 50))]);
    client.destroy();
  }
  await client.closed();
}

/** Runs so many at once until all are done. */
export async function inParallel(count: number, width: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** Connections that say nothing, or a little: they are held open until they are let go of. */
export async function crowd(place: WirePlace, count: number, greeting: Uint8Array): Promise<() => void> {
  const sockets = Array.from({ length: count }, () => {
    const socket = typeof place === 'string' ? net.connect(place) : net.connect(place, '127.0.0.1');
    // Most of them are refused: that is what is tried.
    socket.on('error', () => undefined);
    socket.write(greeting);
    return socket;
  });
  await Promise.all(sockets.map((it) => new Promise((resolve) => it.once('connect', resolve).once('close', resolve))));
  return () => {
    for (const it of sockets) it.destroy();
  };
}

/** A client that does everything right, all the time, and looks at each answer. */
export class GoodClient {
  answers = 0;
  readonly #client: WireClient;
  #isOver = false;
  readonly #running: Promise<void>;

  private constructor(client: WireClient, ask: (index: number) => readonly [text: string, answer: string]) {
    this.#client = client;
    this.#running = this.#run(ask);
    // What went wrong is told where it is ended.
    this.#running.catch(() => undefined);
  }

  static async start(
    place: WirePlace,
    ask: (index: number) => readonly [text: string, answer: string],
  ): Promise<GoodClient> {
    return new GoodClient(await WireClient.start(place), ask);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    this.#client.destroy();
    await this.#client.closed();
  }

  async #run(ask: (index: number) => readonly [text: string, answer: string]): Promise<void> {
    while (!this.#isOver) {
      const [text, answer] = ask(this.answers);
      const value = await this.#client.value(text);
      if (value !== answer) throw new Error(`asked ${text}, it was told ${value}`);
      this.answers++;
    }
  }
}
