import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';

/**
 * Reads which namespace a link names.
 *
 * Source: /proc/<pid>/ns/<kind>, the link's text `kind:[inode]`, namespaces(7), since Linux 3.8
 * Shape:  the inode number, by which two processes are in one namespace or are not
 * Units:  none
 * @throws {ParseError} where the text is another
 */
export function parseNamespaceLink(link: ByteString): bigint {
  const digits = /^[a-z_]+:\[(\d{1,20})\]$/.exec(link)?.[1];
  if (digits === undefined) throw new ParseError({ source: '/proc/<pid>/ns', field: 'inode', excerpt: link });
  return digits.length > 15 ? BigInt(digits) : BigInt(Number(digits));
}
