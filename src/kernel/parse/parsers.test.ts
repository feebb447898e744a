import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseBootId } from './boot-id.ts';
import { parseMountinfo } from './mountinfo.ts';
import { parseProcCmdline } from './proc-cmdline.ts';
import { parseMountId } from './proc-fdinfo.ts';
import { parseFlockHolder } from './proc-locks.ts';
import { parseCapabilities, parseTgid } from './proc-status.ts';
import { parseSingleNumber } from './single-number.ts';
import { parseForkCount } from './system-stat.ts';
import { parseTtyDrivers, ttyName } from './tty-drivers.ts';
import { splitTtyNr } from './tty-nr.ts';
import { parseUptime } from './uptime.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const MOUNT = '22 27 0:21 / /proc rw,relatime shared:5 master:1 - proc proc rw,hidepid=invisible\n';

describe('every parser', () => {
  const parsers = {
    parseBootId,
    parseCapabilities,
    parseForkCount,
    parseMountId,
    parseMountinfo,
    parseProcCmdline,
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

describe('parseMountinfo()', () => {
  it('reads mounts with any number of optional fields', () => {
    const bare = MOUNT.replace(' shared:5 master:1', '');
    const mount = { id: 22, root: '/', mountPoint: '/proc', fsType: 'proc', superOptions: 'rw,hidepid=invisible' };
    expect(parseMountinfo(bytes(MOUNT + bare))).toEqual([mount, mount]);
  });

  it('decodes octal escapes, once', () => {
    const [mount] = parseMountinfo(bytes('1 2 0:3 / /a\\040b\\134040\\012 rw - tmpfs t rw\n'));
    expect(mount?.mountPoint).toBe('/a b\\040\n');
  });

  it('reads tables of more than 64 KiB', () => {
    expect(parseMountinfo(bytes(MOUNT.repeat(2000)))).toHaveLength(2000);
  });

  it('reads the empty table of a process in a chroot', () => {
    expect(parseMountinfo(bytes(''))).toEqual([]);
  });

  it.each([
    ['no separator', '22 27 0:21 / /proc rw proc proc rw\n'],
    ['a relative mount point', '22 27 0:21 / proc rw - proc proc rw\n'],
    ['no options of the file system', '22 27 0:21 / /proc rw - proc proc\n'],
    ['a mount ID that is none', 'x 27 0:21 / /proc rw - proc proc rw\n'],
  ])('refuses %s, and names the line', (_, text) => {
    expect(() => parseMountinfo(bytes(text))).toThrow(/mountinfo line 1: /);
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

describe('parseFlockHolder()', () => {
  const file = { dev: 0xfe00n, ino: 1234n };
  const lines = [
    '1: POSIX  ADVISORY  WRITE 50 fe:00:1234 0 EOF',
    '2: FLOCK  ADVISORY  READ  51 fe:00:1234 0 EOF',
    '3: -> FLOCK  ADVISORY  WRITE 52 fe:00:1234 0 EOF',
    '4: FLOCK  ADVISORY  WRITE 53 fe:00:9999 0 EOF',
    '5: FLOCK  ADVISORY  WRITE -1 fe:00:1234 0 EOF',
  ];

  it('takes nobody for the holder who only waits, reads, locks otherwise, or is of another namespace', () => {
    expect(parseFlockHolder(bytes(`${lines.join('\n')}\n`), file)).toBeNull();
  });

  it('finds who holds the file', () => {
    expect(parseFlockHolder(bytes(`${lines.join('\n')}\n6: FLOCK  ADVISORY  WRITE 54 fe:00:1234 0 EOF\n`), file)).toBe(
      54,
    );
  });
});
