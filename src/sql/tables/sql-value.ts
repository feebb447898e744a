import { storedText } from '../../registry/stored-text.ts';
import type { Column } from '../../relations/column.ts';
import { toWire } from '../../relations/wire.ts';
import { arrayLiteral } from './csv.ts';
import { elementOf } from './sql-column.ts';

/** What Postgres calls a time before all that it can hold. */
const BEFORE_ALL = '-infinity';
const FIRST_YEAR = -4712;

/** The text of a row's value, as Postgres reads it for the column's type; null for NULL. */
export function sqlText<Row>(column: Column<Row>): (row: Row) => string | null {
  switch (column.type) {
    case 'text':
      return (row) => optional(column.value(row), storedText);
    case 'word':
      return (row) => optional(column.value(row), withoutZeros);
    case 'words':
      return (row) => optional(column.value(row), (words) => arrayLiteral(words.map(withoutZeros)));
    case 'time':
      return (row) => optional(column.value(row), timestamp);
    case 'boolean':
      return (row) => optional(column.value(row), (it) => (it ? 't' : 'f'));
    case 'u64':
    case 'integer':
      return (row) => optional(column.value(row), String);
    default:
      return nestedText(column);
  }
}

/** A time of the proleptic Gregorian calendar, which both have; where anybody can have set it, it can be of any year. */
export function timestamp(time: Date): string {
  const text = time.toISOString();
  const year = time.getUTCFullYear();
  if (year >= 1 && year <= 9999) return text;
  const rest = text.slice(text.indexOf('-', 1));
  if (year > 9999) return `${year}${rest}`;
  return year < FIRST_YEAR ? BEFORE_ALL : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}

/**
 * JSON as jsonb can hold it, which has no zeros and no halves of a character: U+FFFD stands for each. No kernel text
 * within a list has any.
 */
function jsonbText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u')) return text;
  return text.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (it) => (it.length > 2 ? '\uFFFD' : it));
}

function nestedText<Row>(column: Extract<Column<Row>, { columns: unknown }>): (row: Row) => string | null {
  const element = elementOf(column);
  if (element !== null) {
    // `nested` has checked the rows against the column; only their type is forgotten since.
    const text = sqlText(element as Column<unknown>);
    return (row) => optional(column.rows(row), (rows) => arrayLiteral(rows.map(text)));
  }
  const only = { columns: [column] };
  return (row) => optional(toWire(only, row)[column.name] ?? null, jsonbText);
}

function withoutZeros(word: string): string {
  return word.includes('\0') ? word.replaceAll('\0', '\uFFFD') : word;
}

function optional<Value>(value: Value | null, text: (value: Value) => string): string | null {
  return value === null ? null : text(value);
}
