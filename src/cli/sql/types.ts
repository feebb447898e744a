import { parse as parseArray } from 'postgres-array';

/** What stands in the elements of an array type, by its number; pg_type has never changed these. */
const ELEMENT_OF: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1005, 21],
  [1007, 23],
  [1016, 20],
  [1028, 26],
  [1021, 700],
  [1022, 701],
  [1231, 1700],
  [1009, 25],
  [1015, 1043],
  [1003, 19],
  [199, 114],
  [3807, 3802],
  [1185, 1184],
  [1115, 1114],
]);

const INTEGERS: ReadonlySet<number> = new Set([20, 21, 23, 26]);
const FLOATS: ReadonlySet<number> = new Set([700, 701]);
const NUMERIC = 1700;
const BOOLEAN = 16;
const DOCUMENTS: ReadonlySet<number> = new Set([114, 3802]);
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

/** Whether a column of this type ends where the others begin: numbers are compared by their last digits. */
export function isNumber(typeOid: number): boolean {
  return INTEGERS.has(typeOid) || FLOATS.has(typeOid) || typeOid === NUMERIC;
}

/** Whether a part of a value would be another value. */
export function isWhole(typeOid: number): boolean {
  return isNumber(typeOid) || typeOid === BOOLEAN || typeOid === TIMESTAMP || typeOid === TIMESTAMPTZ;
}

/**
 * A value as JSON has it. What JSON's numbers cannot hold is a string: every numeric, a bigint beyond 2^53, NaN; a time is
 * RFC 3339.
 */
export function toJsonValue(text: string | null, typeOid: number): unknown {
  if (text === null) return null;
  const element = ELEMENT_OF.get(typeOid);
  if (element !== undefined) return parseArray(text, (it) => toJsonValue(it, element));
  if (typeOid === BOOLEAN) return text === 't';
  if (INTEGERS.has(typeOid)) return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (FLOATS.has(typeOid)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (DOCUMENTS.has(typeOid)) return JSON.parse(withWholeNumbers(text));
  if (typeOid === TIMESTAMPTZ || typeOid === TIMESTAMP) return toRfc3339(text);
  return text;
}

/** A value as the other commands write it: a truth and a time as JSON has them, all else as Postgres does. */
export function toWord(text: string, typeOid: number): string {
  if (typeOid === BOOLEAN) return text === 't' ? 'true' : 'false';
  return typeOid === TIMESTAMPTZ || typeOid === TIMESTAMP ? toRfc3339(text) : text;
}

/**
 * `2026-11-26 02:06:50.12+01` as `2026-11-26T02:06:50.120+01:00`, with milliseconds as in every other answer, and what is
 * finer; what is no such time (`infinity`) as it is.
 */
function toRfc3339(text: string): string {
  return text.replace(
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:([+-]\d\d)(:\d\d)?)?$/,
    (_, date: string, seconds: string, fraction = '', hours: string | undefined, minutes = ':00') => {
      const time = `${seconds}.${fraction.padEnd(3, '0')}`;
      if (hours === undefined) return `${date}T${time}`;
      return `${date}T${time}${hours === '+00' && minutes === ':00' ? 'Z' : hours + minutes}`;
    },
  );
}

/** The numbers of a document that would be rounded, as strings. */
function withWholeNumbers(document: string): string {
  return document.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    return token.startsWith('"') || isExact(token) ? token : `"${token}"`;
  });
}

function isExact(digits: string): boolean {
  const significant = digits
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  return significant.length <= 15 && Number.isFinite(Number(digits));
}
