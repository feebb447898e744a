import type { Text } from '../model/text.ts';

/** What every column says of itself, for help, documentation and schemas. */
interface Described {
  /** In snake_case: the same on every wire. */
  readonly name: string;
  /** The unit of a number; null where it has none. */
  readonly unit: string | null;
  /** One phrase for readers: what it is, and when it is null. */
  readonly doc: string;
}

/** A value that is not known is null on every wire, and never left out. */
type Plain<Type extends string, Row, Value> = Described & {
  readonly type: Type;
  readonly value: (row: Row) => Value | null;
};

/** The rows of a list, or the one row of an object, with columns of their own. */
type Nested<Row> = Described & {
  readonly type: 'object' | 'list';
  readonly columns: readonly Field[];
  readonly rows: (row: Row) => readonly unknown[] | null;
};

/**
 * One column of a relation, by its type on the wire:
 * - `text`: kernel bytes; a `<name>_base64` stands beside it where they are not UTF-8.
 * - `word`, `words`: a string of plumbline's own, such as a verdict, and a list of them.
 * - `u64`: a kernel number that can pass 2^53: a decimal string in JSON, numeric(20) in SQL.
 * - `integer`, `boolean`; `time`: RFC 3339 in UTC.
 * - `object`, `list`: rows with columns of their own.
 */
export type Column<Row> =
  | Plain<'text', Row, Text>
  | Plain<'word', Row, string>
  | Plain<'words', Row, readonly string[]>
  | Plain<'u64', Row, bigint>
  | Plain<'integer', Row, number>
  | Plain<'boolean', Row, boolean>
  | Plain<'time', Row, Date>
  | Nested<Row>;

/** A column whose rows' type is hidden: only `nested` makes one, next to the rows that fit it. */
export type Field = Column<never>;

/** A table that plumbline can answer with: its columns and what each means, and no word about any wire. */
export interface Relation<Row> {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly Column<Row>[];
}

/** A column that holds rows of another shape: its columns and its rows are checked against each other here. */
export function nested<Row, Inner>(
  about: Described & { readonly type: 'object' | 'list' },
  columns: readonly Column<Inner>[],
  rows: (row: Row) => readonly Inner[] | null,
): Column<Row> {
  return { ...about, columns, rows };
}
