import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqlError } from '../sql-error.ts';
import { FrameSplitter, type RawMessage } from './frame-splitter.ts';
import { frontend } from './frontend.ts';
import { decodeFrontend, type FrontendMessage } from './frontend-message.ts';
import { decodeStartup, encodeStartup, type StartupPacket } from './startup-packet.ts';

const text = fc.string({ unit: 'binary' }).map((it) => it.replaceAll('\0', ''));
const what = fc.constantFrom('statement' as const, 'portal' as const);
const value = fc.option(fc.uint8Array({ maxLength: 40 }));
const format = fc.constantFrom(0, 1);

const bind = fc.array(value, { maxLength: 6 }).chain((parameters) =>
  fc.record({
    kind: fc.constant('bind' as const),
    portal: text,
    statement: text,
    parameters: fc.constant(parameters),
    parameterFormats: fc.oneof(
      fc.constant([]),
      fc.tuple(format),
      fc.array(format, { minLength: parameters.length, maxLength: parameters.length }),
    ),
    resultFormats: fc.array(format, { maxLength: 6 }),
  }),
);

const message: fc.Arbitrary<FrontendMessage> = fc.oneof(
  fc.record({ kind: fc.constant('query' as const), text }),
  fc.record({
    kind: fc.constant('parse' as const),
    name: text,
    text,
    parameterTypes: fc.array(fc.nat(0xffffffff), { maxLength: 5 }),
  }),
  bind,
  fc.record({ kind: fc.constantFrom('describe' as const, 'close' as const), what, name: text }),
  fc.record({ kind: fc.constant('execute' as const), portal: text, maxRows: fc.nat(0x7fffffff) }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'sync' as const, 'terminate' as const) }),
);

function encode(it: FrontendMessage): Uint8Array {
  switch (it.kind) {
    case 'query':
      return frontend.query(it.text);
    case 'parse':
      return frontend.parse(it.name, it.text, it.parameterTypes);
    case 'bind':
      return frontend.bind(it);
    case 'describe':
      return frontend.describe(it.what, it.name);
    case 'close':
      return frontend.close(it.what, it.name);
    case 'execute':
      return frontend.execute(it.portal, it.maxRows);
    case 'flush':
      return frontend.flush();
    case 'sync':
      return frontend.sync();
    default:
      return frontend.terminate();
  }
}

function split(chunks: readonly Uint8Array[]): RawMessage[] {
  const splitter = new FrameSplitter();
  const found: RawMessage[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let it = splitter.next(() => 1e6); it !== null; it = splitter.next(() => 1e6)) found.push(it);
  }
  expect(splitter.heldBytes).toBe(0);
  return found;
}

const plain = (it: FrontendMessage): unknown =>
  it.kind === 'bind' ? { ...it, parameters: it.parameters.map((one) => one && [...one]) } : it;

function decodeError(type: string, body: readonly number[] | string): SqlError | undefined {
  try {
    decodeFrontend(type, Buffer.from(body as string));
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  return undefined;
}

describe('decodeFrontend()', () => {
  it('understands what the encoder makes, in pieces of any size', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (all, sizes) => {
          const bytes = Buffer.concat(all.map(encode));
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value as number;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(split(chunks).map(({ type, body }) => plain(decodeFrontend(type, body)))).toEqual(all.map(plain));
        },
      ),
    );
  });

  it('understands a message that is cut at every byte', () => {
    const one = frontend.bind({
      portal: 'p',
      statement: 'é',
      parameterFormats: [],
      parameters: [null, Buffer.from('ab')],
      resultFormats: [1],
    });
    for (let cut = 0; cut <= one.length; cut++) {
      const [found] = split([one.subarray(0, cut), one.subarray(cut)]);
      expect(decodeFrontend(found?.type ?? '', found?.body ?? new Uint8Array())).toMatchObject({ statement: 'é' });
    }
  });

  it('takes any bytes for a message or for an error of the client', () => {
    const states = new Set(['08P01', '22021', '22023']);
    fc.assert(
      fc.property(fc.constantFrom(...'QPBDCEHSXFdcfpZ\0é'), fc.uint8Array({ maxLength: 60 }), (type, body) => {
        const error = decodeError(type, [...body]);
        if (error) expect(states).toContain(error.sqlState);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['Q', 'select 1', '08P01', 'invalid string'],
    ['Q', 'select 1\0more', '08P01', 'invalid message format'],
    ['Q', [0x73, 0xe9, 0x74, 0], '22021', '0xe9 0x74'],
    ['D', 'Xname\0', '08P01', 'invalid DESCRIBE message subtype 88'],
    ['C', '', '08P01', 'insufficient data'],
    ['E', 'p\0\0\0', '08P01', 'insufficient data'],
    ['P', '\0\0\xff', '08P01', 'insufficient data'],
    ['B', [0, 0, 0, 1, 0, 2], '22023', 'unsupported format code: 2'],
    ['B', [0, 0, 0, 2, 0, 0, 0, 0, 0, 1], '08P01', '2 parameter formats but 1 parameters'],
    // A length of -2, and one that leads outside.
    ['B', [0, 0, 0, 0, 0, 1, 255, 255, 255, 254], '08P01', 'invalid message format'],
    ['B', [0, 0, 0, 0, 0, 1, 127, 255, 255, 255, 1], '08P01', 'insufficient data'],
    ['S', 'x', '08P01', 'invalid message format'],
  ] as const)('refuses %s %j', (type, body, state, why) => {
    const error = decodeError(type, body as string);
    expect(error?.sqlState).toBe(state);
    expect(error?.message).toContain(why);
    expect(error?.isFatal).toBe(false);
  });

  it('takes what Postgres takes: all rows for a number below 0, anything in a COPY out of place', () => {
    expect(decodeFrontend('E', Uint8Array.of(0, 255, 255, 255, 255))).toMatchObject({ maxRows: 0 });
    for (const type of 'dcf') expect(decodeFrontend(type, Buffer.from('x'))).toEqual({ kind: 'copy' });
    expect(decodeError('?', '')).toMatchObject({ sqlState: '08P01', isFatal: true });
    expect(decodeError('__proto__', '')).toMatchObject({ sqlState: '08P01', isFatal: true });
  });

  it('makes no text of a message that would hold a zero', () => {
    for (const make of [() => frontend.query('a\0b'), () => frontend.parse('\0', ''), () => frontend.execute('\0')]) {
      expect(make).toThrow('0x00');
    }
  });
});

describe('FrameSplitter', () => {
  it('knows a bad length by its first bytes, and keeps nothing of what is too long', () => {
    for (const length of [0, 3, 105, 0x7fffffff, 0xffffffff]) {
      const splitter = new FrameSplitter();
      const header = Buffer.alloc(5, 'Q');
      header.writeUInt32BE(length, 1);
      splitter.push(header);
      expect(() => splitter.next(() => 100)).toThrow('invalid message length');
    }
  });

  it('keeps a long message that comes byte by byte in few pieces', () => {
    const splitter = new FrameSplitter();
    const long = frontend.query('x'.repeat(1 << 20));
    for (let at = 0; at < long.length; at++) splitter.push(long.subarray(at, at + 1));
    expect(splitter.pieces).toBeLessThan(100);
    expect(splitter.next(() => 2 << 20)?.body).toHaveLength((1 << 20) + 1);
  });

  it('asks by its letter how long a message may be', () => {
    const splitter = new FrameSplitter();
    splitter.push(frontend.query('x'.repeat(99)));
    expect(splitter.next((type) => (type === 'Q' ? 100 : 0))?.body).toHaveLength(100);
  });
});

describe('decodeStartup()', () => {
  const packet: fc.Arbitrary<StartupPacket> = fc.oneof(
    fc.constantFrom<StartupPacket>({ kind: 'ssl' }, { kind: 'gss' }),
    fc.record({
      kind: fc.constant('cancel' as const),
      pid: fc.integer(),
      key: fc.uint8Array({ minLength: 1, maxLength: 256 }).map((it) => Buffer.from(it)),
    }),
    fc.record({
      kind: fc.constant('startup' as const),
      minor: fc.nat(0xffff),
      parameters: fc
        .array(
          fc.tuple(
            text.filter((it) => it !== ''),
            text,
          ),
        )
        .map((pairs) => new Map(pairs)),
    }),
  );

  it('understands what the encoder makes, cut at every byte', () => {
    fc.assert(
      fc.property(packet, (it) => {
        const bytes = encodeStartup(it);
        const cut = bytes.length >> 1;
        const splitter = new FrameSplitter();
        splitter.push(bytes.subarray(0, cut));
        expect(splitter.nextStartup(10_000)).toBeNull();
        splitter.push(bytes.subarray(cut));
        const body = splitter.nextStartup(10_000) as Uint8Array;
        const found = decodeStartup(body);
        expect(found.kind === 'cancel' ? { ...found, key: Buffer.from(found.key) } : found).toEqual(it);
      }),
    );
  });

  it('takes any bytes for a packet or for an error that ends the connection', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (rest, isThree) => {
        const body = Buffer.concat([isThree ? Buffer.from([0, 3, 0, 0]) : Buffer.alloc(0), rest]);
        try {
          decodeStartup(body);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SqlError', isFatal: true });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['protocol 2.0', [0, 2, 0, 0], '0A000'],
    ['protocol 4.1', [0, 4, 0, 1], '0A000'],
    ['names without an end', [0, 3, 0, 0, 0x61, 0, 0x62, 0], '08P01'],
    ['more behind the end', [0, 3, 0, 0, 0, 0], '08P01'],
    ['a name that is not UTF-8', [0, 3, 0, 0, 0xff, 0, 0, 0], '22021'],
    ['a key of no bytes', [4, 0xd2, 22, 46, 0, 0, 0, 1], '08P01'],
  ])('refuses %s', (_, body, state) => {
    let error: unknown;
    try {
      decodeStartup(Uint8Array.from(body));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ sqlState: state, isFatal: true });
  });
});
