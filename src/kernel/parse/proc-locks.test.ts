import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseFdLocks } from './proc-fdinfo.ts';
import { flockCaller, isHeldFlock, parseProcLocks } from './proc-locks.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const FILE = { dev: 0xfe00n, ino: 1234n };
const FLOCK = '1: FLOCK  ADVISORY  WRITE 54 fe:00:1234 0 EOF';

describe('parseProcLocks()', () => {
  it('reads every field of a lock', () => {
    expect(parseProcLocks(bytes('7: POSIX  ADVISORY  READ  4711 00:2f:99 128 1073741951\n'))).toEqual([
      {
        id: 7,
        waits: false,
        depth: 0,
        kind: 'POSIX',
        status: 'ADVISORY',
        mode: 'READ',
        pid: 4711,
        file: { dev: 0x2fn, ino: 99n },
        startByte: 128n,
        endByte: 1073741951n,
      },
    ]);
  });

  it('tells those that wait, however long the queue in front of them is', () => {
    const lines = [
      FLOCK,
      '1: -> FLOCK  ADVISORY  WRITE 55 fe:00:1234 0 EOF',
      '1:          -> FLOCK  ADVISORY  READ  56 fe:00:1234 0 EOF',
      '1:  -> FLOCK  ADVISORY  READ  57 fe:00:1234 0 EOF',
    ];
    const locks = parseProcLocks(bytes(`${lines.join('\n')}\n`));
    expect(locks.map(({ id, waits, depth, pid }) => [id, waits, depth, pid])).toEqual([
      [1, false, 0, 54],
      [1, true, 1, 55],
      [1, true, 10, 56],
      [1, true, 2, 57],
    ]);
  });

  it.each([
    [
      'a lock of an open file, which is no process’s',
      '2: OFDLCK ADVISORY  WRITE -1 08:01:5 0 9',
      { kind: 'OFDLCK', pid: null },
    ],
    ['a caller that no process of this namespace is', '2: FLOCK  ADVISORY  WRITE 0 08:01:5 0 EOF', { pid: null }],
    ['a lease', '3: LEASE  ACTIVE    READ 61 08:01:5 0 EOF', { kind: 'LEASE', status: 'ACTIVE', mode: 'READ' }],
    [
      'a lease that is being broken',
      '3: LEASE  BREAKING  UNLCK 61 08:01:5 0 EOF',
      { status: 'BREAKING', mode: 'UNLCK' },
    ],
    ['a delegation', '4: DELEG  ACTIVE    READ 62 08:01:5 0 EOF', { kind: 'DELEG' }],
    ['a file without a name', '5: POSIX  *NOINODE* WRITE 7 <none>:0 0 EOF', { status: '*NOINODE*', file: null }],
    ['a mandatory lock of an old kernel', '6: POSIX  MANDATORY WRITE 7 08:01:5 0 EOF', { status: 'MANDATORY' }],
    [
      'who breaks a lease: it has not opened the file yet',
      '3: -> LEASE  BREAKER   WRITE 62 <none>:0 0 EOF',
      { status: 'BREAKER', waits: true, pid: 62, file: null },
    ],
    ['a large minor number', '7: FLOCK  ADVISORY  WRITE 7 00:12345:5 0 EOF', { file: { dev: 0x12300045n, ino: 5n } }],
    [
      'the largest numbers',
      '8: POSIX  ADVISORY  WRITE 7 fff:fffff:18446744073709551615 9223372036854775806 9223372036854775807',
      { startByte: 9223372036854775806n, file: { dev: 0xffffffffn, ino: 18446744073709551615n } },
    ],
  ])('reads %s', (_, line, expected) => {
    expect(parseProcLocks(bytes(`${line}\n`))).toMatchObject([expected]);
  });

  it('reads tables of more than 64 KiB, and empty ones', () => {
    expect(parseProcLocks(bytes(`${FLOCK}\n`.repeat(2000)))).toHaveLength(2000);
    expect(parseProcLocks(bytes(''))).toEqual([]);
  });

  it.each([
    ['a line that was cut', FLOCK.slice(0, -2)],
    ['no number', FLOCK.slice(3)],
    ['a kind that there is not', FLOCK.replace('FLOCK ', 'FLUCK ')],
    ['a mode that there is not', FLOCK.replace('WRITE', 'WROTE')],
    ['a device that is no number', FLOCK.replace('fe:00', 'xe:00')],
    ['an end that is none', FLOCK.replace('EOF', 'END')],
    ['a field too many', `${FLOCK} 5`],
    ['a lock in decimal', FLOCK.replace('1234', '12a4')],
    ['an empty line', ''],
  ])('refuses %s, and names the line', (_, line) => {
    expect(() => parseProcLocks(bytes(`${FLOCK}\n${line}\n`))).toThrow(/\/proc\/locks line 2: /);
  });

  it('refuses a table that ends within a line', () => {
    expect(() => parseProcLocks(bytes(`${FLOCK}\n${FLOCK}`))).toThrow(/\/proc\/locks line 2: /);
  });

  it('gives locks or a ParseError for a table with any damage', () => {
    const damaged = fc.tuple(fc.nat(FLOCK.length), fc.string({ maxLength: 4 }), fc.nat(3));
    fc.assert(
      fc.property(damaged, ([at, junk, cut]) => {
        try {
          for (const lock of parseProcLocks(bytes(`${FLOCK.slice(0, at)}${junk}${FLOCK.slice(at + cut)}\n`))) {
            expect(lock.kind).toMatch(/^[A-Z]+$/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseFdLocks()', () => {
  const FDINFO = 'pos:\t0\nflags:\t02300000\nmnt_id:\t28\nino:\t1234\n';

  it('reads the locks that go with an open file', () => {
    const locks = parseFdLocks(bytes(`${FDINFO}lock:\t${FLOCK}\nlock:\t2: LEASE  ACTIVE    READ 1 fe:00:1234 0 EOF\n`));
    expect(locks.map(({ kind, pid, file }) => [kind, pid, file])).toEqual([
      ['FLOCK', 54, FILE],
      ['LEASE', 1, FILE],
    ]);
  });

  it('reads none of a file without', () => {
    expect(parseFdLocks(bytes(FDINFO))).toEqual([]);
  });

  it('refuses a damaged one, and names the line', () => {
    expect(() => parseFdLocks(bytes(`${FDINFO}lock:\t1: FLOCK\n`))).toThrow(/fdinfo\/<fd> line 5: /);
  });
});

describe('flockCaller()', () => {
  const others = [
    '1: POSIX  ADVISORY  WRITE 50 fe:00:1234 0 EOF',
    '2: FLOCK  ADVISORY  READ  51 fe:00:1234 0 EOF',
    '3: -> FLOCK  ADVISORY  WRITE 52 fe:00:1234 0 EOF',
    '4: FLOCK  ADVISORY  WRITE 53 fe:00:9999 0 EOF',
    '5: FLOCK  ADVISORY  WRITE -1 fe:00:1234 0 EOF',
    '6: FLOCK  ADVISORY  WRITE 54 fe:01:1234 0 EOF',
  ];

  it('takes nobody for the holder who waits, reads, locks otherwise or elsewhere, or is of another namespace', () => {
    expect(flockCaller(parseProcLocks(bytes(`${others.join('\n')}\n`)), FILE)).toBeNull();
  });

  it('finds who made the lock', () => {
    expect(flockCaller(parseProcLocks(bytes(`${[...others, FLOCK].join('\n')}\n`)), FILE)).toBe(54);
  });

  it('is not asked for where a reader has it: that is a lock all the same', () => {
    const locks = parseProcLocks(bytes(`${others.join('\n')}\n`));
    expect(locks.filter((lock) => isHeldFlock(lock, 1234n)).map(({ id }) => id)).toEqual([2, 5, 6]);
  });
});
