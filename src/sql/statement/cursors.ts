import { type Place, reading, without } from './parts.ts';
import type { FetchRows, Statement } from './statement.ts';
import { type Struct, textOf } from './tree.ts';

/** CURSOR_OPT_… of parsenodes.h. */
const BINARY = 0x0001;
const NO_SCROLL = 0x0004;
const HOLD = 0x0020;

/** FETCH_ALL, as it is where a long has 32 bits. */
const ALL = 2 ** 31 - 1;

const DIRECTIONS: Readonly<Record<string, FetchRows['direction']>> = {
  FETCH_FORWARD: 'forward',
  FETCH_BACKWARD: 'backward',
  FETCH_ABSOLUTE: 'absolute',
  FETCH_RELATIVE: 'relative',
};

/** DECLARE … CURSOR FOR a query. */
export function declareOf(place: Place, body: Struct): Statement {
  const { text, start, end } = place;
  const options = typeof body['options'] === 'number' ? body['options'] : 0;
  const head = text.findWord('for', start) ?? end;
  return {
    ...reading(place, body['query']),
    kind: 'declare',
    name: textOf(body['portalname']),
    query: text.slice(head + 'for'.length, end),
    isBinary: (options & BINARY) !== 0,
    isHeld: (options & HOLD) !== 0,
    isForwardOnly: (options & NO_SCROLL) !== 0,
  };
}

/** FETCH and MOVE. */
export function fetchOf(place: Place, body: Struct): Statement {
  const count = typeof body['howMany'] === 'number' ? body['howMany'] : 0;
  return {
    ...without(place),
    kind: body['ismove'] === true ? 'move' : 'fetch',
    name: textOf(body['portalname']),
    rows: { direction: DIRECTIONS[textOf(body['direction'])] ?? 'forward', count: count === ALL ? null : count },
  };
}
