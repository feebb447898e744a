/** What every statement says of itself. */
interface Any {
  /** The statement alone, as it was sent: without what stands before and behind it. */
  readonly text: string;
  /** The live tables that it may read, by their names; more than it reads at worst, never fewer. */
  readonly tables: ReadonlySet<string>;
  /** The names of columns that it speaks of; `all` where it has a `*` or a whole row. */
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
  | (Any & { readonly kind: 'run'; readonly isCopy: boolean })
  /** SET, SET LOCAL: of which setting. */
  | (Any & { readonly kind: 'set'; readonly name: string; readonly isLocal: boolean })
  /** RESET; null: all. */
  | (Any & { readonly kind: 'reset'; readonly name: string | null })
  /** SET TRANSACTION and SET SESSION CHARACTERISTICS, which change nothing here. */
  | (Any & { readonly kind: 'set_transaction' })
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
  | (Any & { readonly kind: 'prepare' | 'execute'; readonly name: string })
  /** DEALLOCATE; null: all. */
  | (Any & { readonly kind: 'deallocate'; readonly name: string | null })
  | (Any & { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' });

/** The statements of a text, in their order; none in an empty one. */
export type ParseStatements = (text: string) => readonly Statement[];
