import type { Answer } from '../database.ts';

/** What Postgres says of a table. */
export interface TableCatalog {
  /** pg_class.relkind: `r` a table, `p` a partitioned one, `v` a view … */
  readonly kind: string;
  /** Schema and table, quoted where they have to be. */
  readonly name: string;
  /** Whether a row-level policy may keep rows from us. */
  readonly hidesRows: boolean;
  /** Who we are there. */
  readonly role: string;
  readonly columns: readonly CatalogColumn[];
  /** The column sets that are unique, each sorted. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

/** One column of it. */
export interface CatalogColumn {
  readonly name: string;
  /** As SQL writes it: `character varying(20)`. */
  readonly type: string;
  /** The type to cast a text to: without a length, since an explicit cast cuts, and an assignment complains. */
  readonly cast: string;
  /** pg_type.typname of the type, or of what its domain is of. */
  readonly base: string;
  /** pg_type.typcategory: `S` strings, `N` numbers, `D` times, `E` enums. */
  readonly category: string;
  /** The values of an enum; null for other types. */
  readonly labels: readonly string[] | null;
  readonly notNull: boolean;
  /** Whether it gets a value by itself where an insert names none. */
  readonly isFilled: boolean;
  /** Whether nobody can write it. */
  readonly isComputed: boolean;
  readonly maySelect: boolean;
  readonly mayUpdate: boolean;
  readonly mayInsert: boolean;
}

interface WireColumn extends Pick<CatalogColumn, 'name' | 'type' | 'cast' | 'base' | 'category' | 'labels'> {
  readonly not_null: boolean;
  readonly is_filled: boolean;
  readonly is_computed: boolean;
  readonly may_select: boolean;
  readonly may_update: boolean;
  readonly may_insert: boolean;
}

/** Reads what sql/table_catalog.sql gave; null where there is no such table. */
export function decodeCatalog({ rows }: Answer): TableCatalog | null {
  const [row] = rows;
  if (!row) return null;
  return {
    kind: row['kind'] ?? '',
    name: row['name'] ?? '',
    hidesRows: row['hides_rows'] === 'true',
    role: row['role'] ?? '',
    columns: (JSON.parse(row['columns'] ?? '[]') as WireColumn[]).map(decodeColumn),
    uniqueKeys: JSON.parse(row['unique_keys'] ?? '[]') as string[][],
  };
}

function decodeColumn(wire: WireColumn): CatalogColumn {
  const { name, type, cast, base, category, labels } = wire;
  return {
    name,
    type,
    cast,
    base,
    category,
    labels,
    notNull: wire.not_null,
    isFilled: wire.is_filled,
    isComputed: wire.is_computed,
    maySelect: wire.may_select,
    mayUpdate: wire.may_update,
    mayInsert: wire.may_insert,
  };
}
