import { ParseError } from '../../model/errors.ts';
import type { NetworkRoute } from '../../model/network-route.ts';

/** A route as the trie of its table has it. */
export interface FibTrieRoute extends Pick<NetworkRoute, 'destination'> {
  readonly type: string;
  readonly scope: string;
  readonly tos: number;
}

/** One table of IPv4. */
export interface FibTable {
  readonly id: number;
  readonly routes: readonly FibTrieRoute[];
}

const SOURCE = '/proc/<pid>/net/fib_trie';
const HEADING = /^(?:(Main|Local)|Id (\d{1,10})):$/;
const NODE = /^ *\+-- \d{1,3}(?:\.\d{1,3}){3}\/\d{1,2} \d+ \d+ \d+$/;
const LEAF = /^ *\|-- (\d{1,3}(?:\.\d{1,3}){3})$/;
const ALIAS =
  /^ *\/(\d{1,2}) (universe|site|link|host|nowhere|scope=\d{1,3}) (type \d{1,3}|[A-Z]{3,11})(?: tos=(\d{1,3}))?$/;
const MAIN = 254;
const LOCAL = 255;

/**
 * Reads all tables of IPv4. Without rules of its own a namespace keeps main and local in one trie, which is then told
 * once for each of the two.
 *
 * Source: /proc/<pid>/net/fib_trie, since Linux 2.6.15
 * Shape:  the tables, their routes in the order of the addresses; no gateway, interface, metric or maker
 * Units:  none
 * @throws {ParseError} where a line is none of those that the kernel writes
 */
export function parseFibTrie(bytes: Uint8Array): FibTable[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (text !== '' && !text.endsWith('\n'))
    throw damage(text.slice(text.lastIndexOf('\n') + 1), 'the end of the line', 0);
  const tables: { id: number; routes: FibTrieRoute[] }[] = [];
  let address: string | null = null;
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const heading = HEADING.exec(line);
    if (heading) {
      const [, name, id] = heading;
      tables.push({ id: name === undefined ? Number(id) : name === 'Main' ? MAIN : LOCAL, routes: [] });
      address = null;
      continue;
    }
    const table = tables.at(-1);
    if (table === undefined) throw damage(line, 'the name of a table', index + 1);
    if (NODE.test(line)) continue;
    const leaf = LEAF.exec(line);
    if (leaf) {
      address = leaf[1] as string;
      continue;
    }
    const [, length, scope, type, tos] = ALIAS.exec(line) ?? [];
    if (address === null || scope === undefined || type === undefined || Number(length) > 32) {
      throw damage(line, 'a route', index + 1);
    }
    table.routes.push({
      destination: `${address}/${length}`,
      type: type.replace('type ', '').toLowerCase(),
      scope: scope === 'universe' ? 'global' : scope.replace('scope=', ''),
      tos: Number(tos ?? 0),
    });
  }
  return tables;
}

function damage(excerpt: string, field: string, line: number): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt, ...(line > 0 && { line }) });
}
