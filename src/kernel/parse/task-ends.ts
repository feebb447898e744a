import { ParseError } from '../../model/errors.ts';
import { LITTLE_ENDIAN } from './netlink.ts';

/** What the first and the last row of a reading say of it. */
export interface ReadingEnds {
  /** The version of the rows' form. */
  readonly layout: number;
  /** How many rows there are between them; null where the count was lost. */
  readonly rows: number | null;
}

const HEADER_KIND = 0x504c4d42;
const HEADER_BYTES = 48;
const SENTINEL_KIND = 2;
const SENTINEL_BYTES = 24;

/**
 * Reads the header and the sentinel of a reading in bytes.
 *
 * Source: bpf/record.h
 * Shape:  a header of 48 bytes: kind, layout …; at the end a sentinel of 24: kind, is_counted, rows …
 * Units:  none
 * @throws {ParseError} where either is missing: the reading was cut, or is none of ours
 */
export function parseTaskEnds(bytes: Uint8Array): ReadingEnds {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - SENTINEL_BYTES;
  if (end < HEADER_BYTES || view.getUint32(0, LITTLE_ENDIAN) !== HEADER_KIND)
    throw damaged('header', bytes.subarray(0, 8));
  if (view.getUint32(end, LITTLE_ENDIAN) !== SENTINEL_KIND) throw damaged('sentinel', bytes.subarray(end));
  const isCounted = view.getUint32(end + 4, LITTLE_ENDIAN) === 1;
  return {
    layout: view.getUint32(4, LITTLE_ENDIAN),
    rows: isCounted ? Number(view.getBigUint64(end + 8, LITTLE_ENDIAN)) : null,
  };
}

/**
 * Reads the first and the last line of a reading as text.
 *
 * Source: the text forms of bpf/: `sessions_text`, `arguments_text`
 * Shape:  lines of fields between tabs; first `0`, layout …; last `2`, rows or nothing …
 * Units:  none
 * @throws {ParseError} where either is missing: the reading was cut, or is none of ours
 */
export function parseTextEnds(bytes: Uint8Array): ReadingEnds {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastAt = text.lastIndexOf('\n', -2) + 1;
  const first = text.toString('latin1', 0, Math.max(text.indexOf('\n'), 0));
  const [, layout] = /^0\t(\d+)(?:\t|$)/.exec(first) ?? [];
  if (layout === undefined) throw damaged('header', bytes.subarray(0, 80));
  const [whole, rows] = /^2\t(\d*)(?:\t.*)?\n$/.exec(text.toString('latin1', lastAt)) ?? [];
  if (whole === undefined) throw damaged('sentinel', bytes.subarray(lastAt));
  return { layout: Number(layout), rows: rows === '' ? null : Number(rows) };
}

function damaged(field: string, piece: Uint8Array): ParseError {
  return new ParseError({ source: 'the iterator', field, excerpt: Buffer.from(piece).toString('latin1') });
}
