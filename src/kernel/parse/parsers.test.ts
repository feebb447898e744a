import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseBootId } from './boot-id.ts';
import { parseFrozenEvent } from './cgroup-events.ts';
import { parseFreezerState } from './freezer-state.ts';
import { parseMountinfo } from './mountinfo.ts';
import { parseUnixListeners } from './net-unix.ts';
import { parseProcCgroup } from './proc-cgroup.ts';
import { parseProcCmdline } from './proc-cmdline.ts';
import { parseFdLocks, parseMountId, parseTtyIndex } from './proc-fdinfo.ts';
import { parseReadBytes } from './proc-io.ts';
import { parseProcLocks } from './proc-locks.ts';
import { parseMappings } from './proc-maps.ts';
import { parseRunNs } from './proc-schedstat.ts';
import { parseCapabilities, parseNamespacePids, parseRealIds, parseTgid } from './proc-status.ts';
import { parseProcSyscall } from './proc-syscall.ts';
import { parseSingleNumber } from './single-number.ts';
import { parseForkCount } from './system-stat.ts';
import { parseTtyDrivers, ttyName } from './tty-drivers.ts';
import { splitTtyNr } from './tty-nr.ts';
import { parseUptime } from './uptime.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const MOUNT = '22 27 0:21 / /proc rw,relatime shared:5 master:1 - proc proc rw,hidepid=invisible\n';

describe('every parser', () => {
  const parsers = {
    parseNamespacePids,
    parseRealIds,
    parseTtyIndex,
    parseUnixListeners,
    parseBootId,
    parseCapabilities,
    parseFdLocks,
    parseForkCount,
    parseFreezerState,
    parseFrozenEvent,
    parseMappings,
    parseMountId,
    parseMountinfo,
    parseProcCgroup,
    parseProcCmdline,
    parseProcLocks,
    parseProcSyscall,
    parseReadBytes,
    parseRunNs,
    parseSingleNumber,
    parseTgid,
    parseTtyDrivers,
    parseUptime,
  };
  it.each(Object.entries(parsers))('%s gives a value or a ParseError for any bytes', (_, parse) => {
    const text = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'grapheme' }).map(bytes));
    const tries = (junk: Uint8Array) => {
      try {
        parse(junk);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    };
    fc.assert(fc.property(text, tries), { numRuns: 500 });
    for (let cut = 0; cut <= MOUNT.length; cut++) tries(bytes(MOUNT.slice(0, cut)));
  });
});

describe('parseProcCmdline()', () => {
  it.each([
    ['nothing', '', []],
    ['arguments', 'node\0a b\0', ['node', 'a b']],
    ['an empty argument in the middle', 'a\0\0b\0', ['a', '', 'b']],
    ['a title with trailing NULs', 'npm exec claude\0\0\0\0', ['npm exec claude']],
    ['a title without a final NUL', 'postgres: writer', ['postgres: writer']],
  ])('reads %s', (_, text, argv) => {
    expect(parseProcCmdline(bytes(text))).toEqual(argv);
  });
});

describe('parseForkCount()', () => {
  it('finds the line wherever it stands', () => {
    expect(parseForkCount(bytes('cpu 1\nintr 1 2\nprocesses 4711\nprocs_running 1\n'))).toBe(4711);
  });

  it('refuses a file without it', () => {
    expect(() => parseForkCount(bytes('cpu 1\nxprocesses 3\n'))).toThrow(ParseError);
  });
});

describe('parseTtyDrivers()', () => {
  const drivers = parseTtyDrivers(
    bytes(
      '/dev/console         /dev/console    5       1 system:console\n' +
        'serial               /dev/ttyS       4 64-95 serial\n' +
        'unknown              /dev/tty        4 1-63 console\n',
    ),
  );
  it.each([
    [5, 1, 'console'],
    [4, 65, 'ttyS1'],
    [4, 1, 'tty1'],
    [4, 63, 'tty63'],
  ])('names %i:%i as %s', (major, minor, name) => {
    const driver = drivers.find((it) => it.major === major && it.firstMinor <= minor && minor <= it.lastMinor);
    expect(driver && ttyName(driver, minor)).toBe(name);
  });
});

describe('splitTtyNr()', () => {
  it.each([
    [34816, 0],
    [34817, 1],
    [35071, 255],
    [1083392, 256],
    [1083393, 257],
    [2131968, 512],
  ])('%i is pts/%i', (ttyNr, index) => {
    expect(splitTtyNr(ttyNr).index).toBe(index);
  });

  it('gives other terminals no index', () => {
    expect(splitTtyNr(1025)).toEqual({ major: 4, minor: 1, index: null });
  });

  it('reads the negative numbers that the kernel prints for high minors', () => {
    const minor = 0xfffff;
    const encoded = (minor & 0xff) | (136 << 8) | ((minor & ~0xff) << 12) | 0;
    expect(splitTtyNr(encoded).index).toBe(minor);
  });
});

describe('parseUptime(), parseBootId(), parseSingleNumber()', () => {
  it('read what the kernel writes', () => {
    expect(parseUptime(bytes('1234.56 7.89\n'))).toBe(1234.56);
    expect(parseSingleNumber(bytes('32768\n'))).toBe(32768);
    expect(parseMountId(bytes('pos:\t0\nflags:\t012200000\nmnt_id:\t29\nino:\t3\n'))).toBe(29);
    const uuid = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    expect(parseBootId(bytes(`${uuid}\n`))).toBe(uuid);
  });

  it.each([
    ['uptime', () => parseUptime(bytes('soon\n'))],
    ['boot id', () => parseBootId(bytes('6F9619FF\n'))],
    ['number', () => parseSingleNumber(bytes('1 2\n'))],
  ])('refuse a %s that is none', (_, call) => {
    expect(call).toThrow(ParseError);
  });
});

describe('parseTgid(), parseCapabilities()', () => {
  const status =
    'Name:\tTgid:\\t7\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t42\nPid:\t43\nCapEff:\t000001ffffffffff\n';

  it('read the lines of status', () => {
    expect(parseTgid(bytes(status))).toBe(42);
    expect(parseCapabilities(bytes(status))).toBe(0x1ff_ffff_ffffn);
  });

  it('refuse a file without them', () => {
    expect(() => parseTgid(bytes('Name:\tx\n'))).toThrow(ParseError);
    expect(() => parseCapabilities(bytes('Name:\tx\n'))).toThrow(ParseError);
  });
});

describe('what tells activity', () => {
  it('reads run time and bytes that pass 2^53', () => {
    expect(parseRunNs(bytes('18446744073709551615 0 1\n'))).toBe(18_446_744_073_709_551_615n);
    expect(parseReadBytes(bytes('rchar: 18446744073709551615\nwchar: 7\n'))).toBe(18_446_744_073_709_551_615n);
  });

  it.each([
    ['running\n', { kind: 'running' }],
    ['-1 0x7ffde00f7058 0x7fac150e32ad\n', { kind: 'outside' }],
    [
      '0 0x3 0x7f 0x20000 0x7f 0xffffffff 0x0 0x7f 0x7f\n',
      { kind: 'blocked', call: 0, firstArgument: 3n, secondArgument: 0x7fn },
    ],
  ])('reads the system call of %j', (text, state) => {
    expect(parseProcSyscall(bytes(text))).toEqual(state);
  });

  it('reads control groups of both versions, and keeps colons of a path', () => {
    expect(parseProcCgroup(bytes('6:freezer:/a:b\n4:cpu,cpuacct:/\n0::/user.slice\n'))).toEqual([
      { controllers: ['freezer'], path: '/a:b' },
      { controllers: ['cpu', 'cpuacct'], path: '/' },
      { controllers: [], path: '/user.slice' },
    ]);
  });

  it('reads what is frozen', () => {
    expect(['THAWED\n', 'FREEZING\n', 'FROZEN\n'].map((it) => parseFreezerState(bytes(it)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(['populated 1\nfrozen 0\n', 'populated 1\nfrozen 1\n'].map((it) => parseFrozenEvent(bytes(it)))).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ['run time', () => parseRunNs(bytes('0\n'))],
    ['count of bytes', () => parseReadBytes(bytes('wchar: 1\nrcharx: 2\n'))],
    ['system call', () => parseProcSyscall(bytes('0 0x3\n'))],
    ['control group', () => parseProcCgroup(bytes('6:freezer\n'))],
    ['state of a freezer', () => parseFreezerState(bytes('frozen\n'))],
    ['event of a control group', () => parseFrozenEvent(bytes('populated 1\n'))],
  ])('refuses a %s that is none', (_, call) => {
    expect(call).toThrow(ParseError);
  });
});

describe('parseTtyIndex()', () => {
  it.each([
    ['a master', 'pos:\t0\nflags:\t02\nmnt_id:\t24\nino:\t84\ntty-index:\t11\n', 11],
    ['the first terminal', 'pos:\t0\ntty-index:\t0\n', 0],
    ['another file', 'pos:\t0\nflags:\t02\nmnt_id:\t24\n', null],
    ['a lock whose line holds the word', 'lock:\t1: tty-index:\t3\n', null],
  ])('reads %s', (_, text, index) => {
    expect(parseTtyIndex(bytes(text))).toBe(index);
  });

  it.each(['tty-index:\t\n', 'tty-index:\t-1\n', 'tty-index: 3\n'])('refuses %j', (text) => {
    expect(() => parseTtyIndex(bytes(text))).toThrow(ParseError);
  });
});

describe('parseRealIds()', () => {
  const status = (uid: string, gid: string) => `Name:\ta\\nUid:\\t7\nUmask:\t0022\nUid:\t${uid}\nGid:\t${gid}\n`;

  it('tells who started a program, not whose rights it has', () => {
    expect(parseRealIds(bytes(status('1000\t0\t0\t0', '1000\t43\t43\t43')))).toEqual({ uid: 1000, gid: 1000 });
  });

  it.each([
    ['no groups', 'Uid:\t1\t1\t1\t1\n'],
    ['a name where a number belongs', status('ada\t1\t1\t1', '1\t1\t1\t1')],
  ])('refuses %s', (_, text) => {
    expect(() => parseRealIds(bytes(text))).toThrow(ParseError);
  });
});
