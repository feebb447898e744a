import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParseError } from '../../model/errors.ts';
import { parseMountinfo } from './mountinfo.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const MOUNT = '22 27 0:21 / /proc rw,relatime shared:5 master:1 - proc proc rw,hidepid=invisible\n';
const FIELDS = {
  id: 22,
  parentId: 27,
  device: '0:21',
  root: '/',
  mountPoint: '/proc',
  options: 'rw,relatime',
  fsType: 'proc',
  source: 'proc',
  superOptions: 'rw,hidepid=invisible',
};

/** As the kernel writes a field: mangle_path() and seq_escape(). */
function mangled(text: string, escaped: string): string {
  return [...text]
    .map((it) => (escaped.includes(it) ? `\\${it.charCodeAt(0).toString(8).padStart(3, '0')}` : it))
    .join('');
}

describe('parseMountinfo()', () => {
  it.each([
    ['none', '', []],
    ['one', ' unbindable', ['unbindable']],
    [
      'all',
      ' shared:5 master:1 propagate_from:2 unbindable',
      ['shared:5', 'master:1', 'propagate_from:2', 'unbindable'],
    ],
    ['one of a later kernel', ' later:7', ['later:7']],
  ])('reads optional fields: %s', (_, written, optionalFields) => {
    const [mount] = parseMountinfo(bytes(MOUNT.replace(' shared:5 master:1', written)));
    expect(mount).toEqual({ ...FIELDS, optionalFields });
  });

  it('decodes octal escapes, once', () => {
    const [mount] = parseMountinfo(bytes('1 2 0:3 /\\011 /a\\040b\\134040\\012 rw - tmpfs t rw\n'));
    expect(mount).toMatchObject({ root: '/\t', mountPoint: '/a b\\040\n' });
  });

  it('decodes # of a source, and leaves it in a mount point, where it is not escaped', () => {
    const [mount] = parseMountinfo(bytes('1 2 0:3 / /a#b rw - fuse.my\\040fs src\\043x\\040y rw\n'));
    expect(mount).toMatchObject({ mountPoint: '/a#b', fsType: 'fuse.my fs', source: 'src#x y' });
  });

  it('reads a source that is empty', () => {
    expect(parseMountinfo(bytes('73 65 0:46 / /src rw - tmpfs  rw\n'))).toMatchObject([
      { source: '', superOptions: 'rw' },
    ]);
  });

  it('keeps what parts the options of an overlay apart from what is in their values', () => {
    const line = '72 65 0:43 / /ov rw - overlay ov ro,lowerdir=/so\\134:u\\040rce:/low\\134\\054er,index=on\n';
    const [mount] = parseMountinfo(bytes(line));
    expect(mount?.superOptions).toBe('ro,lowerdir=/so\\134:u rce:/low\\134\\054er,index=on');
    expect(mount?.superOptions.split(',')).toHaveLength(3);
  });

  it('keeps blanks that a file system has not escaped in its options', () => {
    expect(parseMountinfo(bytes('1 2 0:3 / /a rw - odd t rw,label=a - b\n'))[0]?.superOptions).toBe('rw,label=a - b');
  });

  it('reads the roots of namespaces, of other control groups, and of what was removed', () => {
    const roots = ['mnt:[4026532205]', '/../..', '/bindsrc//deleted'];
    const table = roots.map((root) => `1 2 0:4 ${root} /run/ns rw - nsfs nsfs rw\n`).join('');
    expect(parseMountinfo(bytes(table)).map(({ root }) => root)).toEqual(roots);
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
    ['no options', '22 27 0:21 / /proc - proc proc rw\n'],
    ['no options of the file system', '22 27 0:21 / /proc rw - proc proc\n'],
    ['no type', '22 27 0:21 / /proc rw -  proc rw\n'],
    ['a mount ID that is none', 'x 27 0:21 / /proc rw - proc proc rw\n'],
    ['a parent that is none', '22 -1 0:21 / /proc rw - proc proc rw\n'],
    ['a device that is none', '22 27 0x21 / /proc rw - proc proc rw\n'],
    ['an empty root', '22 27 0:21  /proc rw - proc proc rw\n'],
  ])('refuses %s, and names the line', (_, text) => {
    expect(() => parseMountinfo(bytes(text))).toThrow(/mountinfo line 1: /);
  });

  it('gives back any bytes that the kernel has written', () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((it) => {
      return Buffer.from(it).toString('latin1').replaceAll('\0', '');
    });
    fc.assert(
      fc.property(name, name, name, (root, point, source) => {
        const written = [
          `9 8 7:6 /${mangled(root, ' \t\n\\')} /${mangled(point, ' \t\n\\')} rw - t`,
          `${mangled(source, ' \t\n\\#')} rw\n`,
        ].join(' ');
        expect(parseMountinfo(bytes(written))).toMatchObject([{ root: `/${root}`, mountPoint: `/${point}`, source }]);
      }),
    );
  });

  it('gives mounts or a ParseError for any bytes', () => {
    const line = fc.array(fc.constantFrom(' ', '-', ' - ', '\\040', '\\', '/', '1', '0:2', 'rw', '\n', 'é'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          line.map((it) => bytes(it.join(''))),
        ),
        (table) => {
          try {
            expect(Array.isArray(parseMountinfo(table))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ParseError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
