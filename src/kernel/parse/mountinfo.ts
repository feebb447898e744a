import { ParseError } from '../../model/errors.ts';
import type { Mount } from '../../model/mount.ts';
import type { ByteString } from '../../model/text.ts';

const SOURCE = '/proc/<pid>/mountinfo';

/**
 * Reads a mount table.
 * Optional fields vary in number, so a line is split at the ` - ` that ends them; blanks and backslashes in paths
 * are octal escapes (`\040`), unlike in the links of /proc. A source can be empty, and in it `#` is escaped as well.
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
    if (line !== '') mounts.push(parseLine(line, number));
  }
  return mounts;
}

function parseLine(line: string, number: number): Mount {
  const end = line.indexOf(' - ');
  if (end === -1) throw damage(line, 'fields after " - "', number);
  const [id = '', parentId = '', device = '', root = '', mountPoint = '', options = '', ...optionalFields] = line
    .slice(0, end)
    .split(' ');
  if (!/^\d{1,10}$/.test(id)) throw damage(line, 'mount ID (1)', number);
  if (!/^\d{1,10}$/.test(parentId)) throw damage(line, 'parent ID (2)', number);
  if (!/^\d{1,10}:\d{1,10}$/.test(device)) throw damage(line, 'major:minor (3)', number);
  if (root === '') throw damage(line, 'root (4)', number);
  if (!mountPoint.startsWith('/')) throw damage(line, 'mount point (5)', number);
  if (options === '') throw damage(line, 'mount options (6)', number);
  const typeAt = end + ' - '.length;
  const typeEnd = line.indexOf(' ', typeAt);
  const sourceEnd = typeEnd === -1 ? -1 : line.indexOf(' ', typeEnd + 1);
  if (typeEnd === typeAt || sourceEnd === -1) throw damage(line, 'fields after " - "', number);
  return {
    id: Number(id),
    parentId: Number(parentId),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options,
    optionalFields,
    fsType: unescapeOctal(line.slice(typeAt, typeEnd)),
    source: unescapeOctal(line.slice(typeEnd + 1, sourceEnd)),
    superOptions: unescapeOctal(line.slice(sourceEnd + 1), ',\\'),
  };
}

const OCTAL = /\\([0-7]{3})/g;

/** @param kept characters whose escapes stay, since they would be taken for something else */
function unescapeOctal(field: string, kept = ''): ByteString {
  if (!field.includes('\\')) return field;
  return field.replace(OCTAL, (escaped, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 8) & 0xff);
    return kept.includes(character) ? escaped : character;
  });
}

function damage(line: string, field: string, number: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: line, line: number });
}
