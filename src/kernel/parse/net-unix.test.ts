import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseNetUnix, parseUnixListeners } from './net-unix.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const HEADING = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
const line = (inode: number | string, path: string, flags = '00010000') => {
  return `0000000000000000: 00000002 00000000 ${flags} 0001 01 ${inode}${path === '' ? '' : ` ${path}`}\n`;
};
const parse = (...lines: readonly string[]) => parseUnixListeners(bytes(HEADING + lines.join('')));

describe('parseUnixListeners()', () => {
  it('tells the sockets that are listened on and have a name', () => {
    const connected = line(22, '/tmp/tmux-0/default', '00000000');
    const unbound = line(23, '');
    expect(parse(line(21, '/tmp/tmux-0/default'), connected, unbound)).toEqual([
      { inode: 21n, path: '/tmp/tmux-0/default' },
    ]);
  });

  it('reads an empty table, as that of a new network namespace', () => {
    expect(parse()).toEqual([]);
  });

  it('reads inodes that are padded, and pointers of 32 bits', () => {
    const narrow = 'c0a81234: 00000002 00000000 00010000 0001 01    21 sock\n';
    expect(parse(narrow)).toEqual([{ inode: 21n, path: 'sock' }]);
  });

  it.each([
    ['abstract', '@/tmp/x'],
    ['relative', 'sock'],
    ['with blanks at both ends', '/tmp/ a b '],
    ['with a newline', '/tmp/a\nb'],
    ['that ends with a newline', '/tmp/a\n'],
    ['with a colon and digits behind a newline', '/tmp/a\n00000000: x'],
    ['that is not UTF-8', '/tmp/\xff\xfe'],
  ])('keeps a path %s', (_, path) => {
    expect(parse(line(21, path), line(22, '/run/b'))).toEqual([
      { inode: 21n, path },
      { inode: 22n, path: '/run/b' },
    ]);
  });

  it('shows a forged line as what it claims, so that its inode stands there twice', () => {
    const forged = `/tmp/a\n${line(22, '/tmp/evil').trimEnd()}`;
    expect(parse(line(21, forged), line(22, '/run/b')).map(({ inode }) => inode)).toEqual([21n, 22n, 22n]);
  });

  it('reads tables of more than 64 KiB', () => {
    expect(parse(line(21, '/tmp/x').repeat(2000))).toHaveLength(2000);
  });

  it.each([
    ['nothing', ''],
    ['no heading', line(21, '/tmp/x')],
    ['a heading alone, without its end', HEADING.trimEnd()],
    ['a line that is none', `${HEADING}x\n`],
    ['an inode that is none', HEADING + line('x', '/tmp/x')],
    ['an inode of more than 64 bits', HEADING + line('123456789012345678901', '/tmp/x')],
    ['flags that are none', HEADING + line(21, '/tmp/x', 'zzzzzzzz')],
    ['a line that was cut', (HEADING + line(21, '/tmp/x')).slice(0, -3)],
  ])('refuses %s', (_, text) => {
    expect(() => parseUnixListeners(bytes(text))).toThrow(ParseError);
  });

  it('gives back whatever path was bound', () => {
    const path = fc
      .uint8Array({ minLength: 1, maxLength: 107, min: 1 })
      .map((it) => Buffer.from(it).toString('latin1'));
    const isPlain = (it: string) => !/\n[0-9a-f]{8,16}: [0-9A-F]{8} /.test(`\n${it}`.slice(1));
    fc.assert(
      fc.property(path.filter(isPlain), (it) => {
        expect(parse(line(21, it))).toEqual([{ inode: 21n, path: it }]);
      }),
    );
  });

  it('gives a value or a ParseError for any table that is damaged', () => {
    const good = HEADING + line(21, '/tmp/x') + line(22, '@y');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const damaged = bytes(good);
        damaged[at] = byte;
        try {
          parseUnixListeners(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });
});

describe('parseNetUnix()', () => {
  const ask = { netNamespace: 4026531840n, wants: null };
  const entry = (inode: number, { type = '0001', state = '01', flags = '00000000', path = '' } = {}) => {
    return `00000000fd89ed01: 00000003 00000000 ${flags} ${type} ${state} ${inode}${path === '' ? '' : ` ${path}`}\n`;
  };
  const read = (lines: readonly string[], more = {}) =>
    parseNetUnix(bytes(HEADING + lines.join('')), { ...ask, ...more });

  it('reads every field of a socket', () => {
    expect(read([entry(21, { state: '03', path: '/tmp/a\nb \xff' })]).sockets).toEqual([
      {
        netNamespace: 4026531840n,
        protocol: 'unix',
        family: 'unix',
        type: 'stream',
        state: 'ESTAB',
        inode: 21n,
        local: null,
        peer: null,
        interfaceIndex: null,
        isV6Only: null,
        path: '/tmp/a\nb \xff',
        peerInode: null,
        waitingInodes: null,
        receiveQueue: null,
        sendQueue: null,
        uid: null,
        tcp: null,
      },
    ]);
  });

  it('tells the types, and who listens, is connected or is neither', () => {
    const { sockets } = read([
      entry(21, { flags: '00010000', path: '@x' }),
      entry(22, { type: '0002' }),
      entry(23, { type: '0005', state: '03' }),
    ]);
    expect(sockets.map(({ type, state, path }) => [type, state, path])).toEqual([
      ['stream', 'LISTEN', '@x'],
      ['dgram', 'UNCONN', null],
      ['seqpacket', 'ESTAB', null],
    ]);
  });

  it('leaves out what nobody has accepted yet, and what nobody wants', () => {
    const lines = [entry(0, { state: '02', path: '/run/a' }), entry(21), entry(22)];
    expect(read(lines).sockets).toMatchObject([{ inode: 21n }, { inode: 22n }]);
    expect(read(lines, { wants: (inode: number) => inode === 22 }).sockets).toMatchObject([{ inode: 22n }]);
  });

  it('believes neither of two lines of one inode that differ, and says so', () => {
    const forged = `/tmp/a\n${entry(22, { path: '/tmp/evil' }).trimEnd()}`;
    const { sockets, doubt } = read([entry(21, { path: forged }), entry(22, { path: '/run/b' }), entry(23)]);
    expect(sockets.map(({ inode }) => inode)).toEqual([21n, 23n]);
    expect(doubt?.message).toMatch(/Inode 22, which stands there twice/);
    expect(read([entry(23)]).doubt).toBeNull();
  });

  it('tells one once that moved while the table was read', () => {
    expect(read([entry(21, { path: '/run/b' }), entry(22), entry(21, { path: '/run/b' })])).toMatchObject({
      sockets: [{ inode: 21n }, { inode: 22n }],
      doubt: null,
    });
  });

  it.each([
    ['a type that is none', entry(21, { type: '0003' })],
    ['a state that is none', entry(21, { state: '07' })],
    ['a line that is none', 'x\n'],
  ])('refuses %s', (_, text) => {
    expect(() => read([text])).toThrow(ParseError);
  });

  it('gives rows or a ParseError for any table that is damaged', () => {
    const good = HEADING + entry(21, { path: '/tmp/x' }) + entry(22, { type: '0002', state: '03', path: '@y' });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const damaged = bytes(good);
        damaged[at] = byte;
        try {
          parseNetUnix(damaged, ask);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
    );
  });
});
