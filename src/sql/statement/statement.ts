/** What every statement says of itself. */
interface Any {
  /**
   * The statement alone, as it was sent: without what stands before and behind it. COPY of a live table is told as COPY of
   * a query of it, for such a table has partitions, and Postgres does not copy those; SET of what the engine must not keep
   * (`KEPT_FROM_ENGINE`) as SET LOCAL.
   */
  readonly text: string;
  /** The live tables that it may read, by their names; more than it reads at worst, never fewer. */
  readonly tables: ReadonlySet<string>;
  /** The names of live columns that it speaks of; `all` where it has a `*` or a whole row. */
  readonly columns: ReadonlySet<string> | 'all';
}

/** Which rows FETCH and MOVE mean, as libpg_query has them. `count` null: all of them. */
export interface FetchRows {
  readonly direction: 'forward' | 'backward' | 'absolute' | 'relative';
  readonly count: number | null;
}

/** One statement that may be run, and what has to be known of it to run it. Everything else is refused. */
export type Statement =
  /** What the engine runs as it is: SELECT, VALUES, TABLE, EXPLAIN, SHOW, COPY … TO STDOUT. */
  | (Any & {
      readonly kind: 'run';
      readonly isCopy: boolean;
      /** EXPLAIN EXECUTE: the prepared statement; its tables are not among `tables`. */
      readonly executes: string | null;
    })
  /**
   * SET, SET LOCAL: of which setting. Also `SELECT set_config('x', …)`, which answers a row as any SELECT does: `isSelect`.
   * Its name is in lower case.
   */
  | (Any & { readonly kind: 'set'; readonly name: string; readonly isLocal: boolean; readonly isSelect: boolean })
  /** RESET; null: all. */
  | (Any & { readonly kind: 'reset'; readonly name: string | null })
  /** SET TRANSACTION and SET SESSION CHARACTERISTICS, which change nothing here. */
  | (Any & { readonly kind: 'set_transaction' })
  /** What clients send to tidy up, and has nothing to do here: SET ROLE NONE, UNLISTEN, a lock that only reads. `tag` answers it. */
  | (Any & { readonly kind: 'nothing'; readonly tag: 'SET' | 'RESET' | 'UNLISTEN' | 'LOCK TABLE' })
  | (Any & { readonly kind: 'begin' })
  | (Any & { readonly kind: 'commit' | 'rollback'; readonly isChained: boolean })
  | (Any & { readonly kind: 'savepoint' | 'release' | 'rollback_to'; readonly name: string })
  /** DECLARE: `query` is what stands behind FOR. */
  | (Any & {
      readonly kind: 'declare';
      readonly name: string;
      readonly query: string;
      readonly isBinary: boolean;
      /** WITH HOLD: it outlives its transaction. */
      readonly isHeld: boolean;
      /** NO SCROLL: it does not go back. */
      readonly isForwardOnly: boolean;
    })
  | (Any & { readonly kind: 'fetch' | 'move'; readonly name: string; readonly rows: FetchRows })
  /** CLOSE of a cursor; null: all. */
  | (Any & { readonly kind: 'close'; readonly name: string | null })
  /** PREPARE has the tables of its query; EXECUTE none, for they are those of what it names. */
  | (Any & { readonly kind: 'prepare' | 'execute'; readonly name: string })
  /** DEALLOCATE; null: all. */
  | (Any & { readonly kind: 'deallocate'; readonly name: string | null })
  | (Any & { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' });

/**
 * The statements of a text, in their order; none in an empty one. Where one of them may not be run, the text is refused as a
 * whole, before any of it has run.
 * @throws {SqlError} why: `42601` syntax, `25006` a write, `42501` not allowed, `42883` no such function, `0A000` not here,
 * `22021` not text, `54000` too long, `54001` too deep, `57P03` the parser is just being started anew
 */
export type ParseStatements = (text: string) => readonly Statement[];
