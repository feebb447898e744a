import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseUnixListeners } from './net-unix.ts';

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
