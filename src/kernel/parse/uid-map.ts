import { ParseError } from '../../model/errors.ts';

/** All there are: the last number means `no user`. */
const USERS = 0xffff_ffff;

/**
 * Whether a user namespace has a number for every user.
 *
 * Source: /proc/<pid>/uid_map, user_namespaces(7), since Linux 3.5
 * Shape:  lines of three numbers: inside, outside, how many; the kernel takes none that overlap
 * Units:  uids
 * @throws {ParseError} where a line is none
 */
export function isWholeUidMap(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  let users = 0;
  for (const line of text.split('\n').filter((it) => it !== '')) {
    const count = /^ *\d{1,10} +\d{1,10} +(\d{1,10})$/.exec(line)?.[1];
    if (count === undefined) throw new ParseError({ source: '/proc/<pid>/uid_map', field: 'a range', excerpt: line });
    users += Number(count);
  }
  return users >= USERS;
}
