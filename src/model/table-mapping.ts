/** What a column of somebody else's table may hold. The names are those of the configuration. */
export const COLUMN_KINDS = [
  'pid',
  'host',
  'status',
  'terminal',
  'pane',
  'cwd',
  'command',
  'started_at',
  'ended_at',
  'observed_at',
] as const;

/** One of them. */
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** A table that operators have already, and what its columns hold. What is not mapped is never read or written. */
export interface TableMapping {
  /** As SQL names it: `public.agents`, `"Fleet".agents`. */
  readonly table: string;
  /** The column that holds the session's name; unique, alone or with the host. */
  readonly key: string;
  readonly columns: Readonly<Partial<Record<ColumnKind, string>>> & { readonly pid: string };
  /** Values of the status column that say that the session lives; the first is the one that is written. */
  readonly alive: readonly string[];
  /** The same for one that has ended. */
  readonly dead: readonly string[];
  /** Without a host column, and where that is null: all rows are this machine's. */
  readonly thisHost: boolean;
  /** Whether sessions that nobody has registered get a row. */
  readonly insert: boolean;
  /** How old `observed_at` may get in a row that is right; null: it is written with changes only. */
  readonly touchSeconds: number | null;
}

/** The mapped columns, in the order of the kinds. */
export function mappedColumns({ columns }: TableMapping): [ColumnKind, string][] {
  return COLUMN_KINDS.flatMap((kind) => {
    const name = columns[kind];
    return name === undefined ? [] : [[kind, name] as [ColumnKind, string]];
  });
}
