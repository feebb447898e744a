import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';

const SOURCE = '/proc/<pid>/mountinfo';

/** One mount, as far as plumbline looks at it. */
export interface Mount {
  /** Unique among the mounts that exist now. */
  readonly id: number;
  /** Which directory of the file system is mounted there. */
  readonly root: ByteString;
  readonly mountPoint: ByteString;
  readonly fsType: ByteString;
  /** Options of the file system itself: `rw,hidepid=invisible`. */
  readonly superOptions: ByteString;
}

/**
 * Reads a mount table.
 * Optional fields vary in number, so a line is split at the ` - ` that ends them; blanks and backslashes in paths
 * are octal escapes (`\040`), unlike in the links of /proc.
 *
 * Source: /proc/<pid>/mountinfo, proc_pid_mountinfo(5), since Linux 2.6.26
 * Shape:  mounts in the order of the table: a later one covers an earlier one on the same path; only those below
 *         the root of the process, so none for a process in a chroot that is no mount point
 * Units:  none
 * @throws {ParseError} where a line has not its fields
 */
export function parseMountinfo(bytes: Uint8Array): Mount[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const mounts: Mount[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    if (line === '') continue;
    const [own, filesystem] = splitOnce(line, ' - ');
    const [id = '', , , root = '', mountPoint] = own.split(' ');
    const [fsType, , superOptions] = filesystem.split(' ');
    if (!mountPoint?.startsWith('/')) throw damage(line, 'mount point (5)', number);
    if (!fsType || superOptions === undefined) throw damage(line, 'fields after " - "', number);
    if (!/^\d{1,10}$/.test(id)) throw damage(line, 'mount ID (1)', number);
    const place = { root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint) };
    mounts.push({ id: Number(id), ...place, fsType, superOptions });
  }
  return mounts;
}

function splitOnce(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)];
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8) & 0xff));
}

function damage(line: string, field: string, number: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: line, line: number });
}
