import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';

/** A unix socket that somebody listens on. */
export interface UnixListener {
  readonly inode: bigint;
  /** As it was given to bind(2): it may be relative to where the process stood; `@name` for an abstract one. */
  readonly path: ByteString;
}

const SOURCE = '/proc/<pid>/net/unix';
/** SO_ACCEPTCON, the flag of a listening socket. */
const LISTENS = 0x10000;

/**
 * Reads the unix sockets of a network namespace that are listened on and have a path.
 * The path stands last and can hold any byte but NUL, a newline too: what does not begin like a line belongs to the
 * path before it. A path can be made to look like further lines: an inode that stands there twice is not to be believed.
 *
 * Source: /proc/<pid>/net/unix, unix(7), since Linux 2.0
 * Shape:  one entry a listening socket with a name; empty where there are none
 * Units:  none
 * @throws {ParseError} where the first line is not the heading, or a line's fields are not what the kernel writes
 */
export function parseUnixListeners(bytes: Uint8Array): UnixListener[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const heading = text.indexOf('\n');
  if (!text.startsWith('Num ') || heading === -1) throw damage(text, 'the heading', 1);
  const starts = [...text.matchAll(/(?<=\n)[0-9a-f]{8,16}: [0-9A-F]{8} /g)].map(({ index }) => index);
  if (starts.length === 0 && text.length > heading + 1) throw damage(text.slice(heading + 1), 'Num', 2);
  if (!text.endsWith('\n')) throw damage(text.slice(starts.at(-1)), 'the end of the line', starts.length + 1);
  return starts.flatMap((start, line) => {
    const record = text.slice(start, (starts[line + 1] ?? text.length) - 1);
    return listenerOf(record, line + 2);
  });
}

function listenerOf(record: string, line: number): UnixListener[] {
  const fields =
    /^[0-9a-f]{8,16}: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2} +(\d{1,20})(?: (.*))?$/s.exec(
      record,
    );
  const [, flags, inode, path] = fields ?? [];
  if (flags === undefined || inode === undefined) throw damage(record, 'Flags and Inode', line);
  if ((Number.parseInt(flags, 16) & LISTENS) === 0 || path === undefined || path === '') return [];
  return [{ inode: BigInt(inode), path }];
}

function damage(excerpt: string, field: string, line: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt, line });
}
