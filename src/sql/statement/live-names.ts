/** A live table, by what statements call it. `LiveTable` has more. */
export interface NamedTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string }[];
}

/** Where live tables stand in the engine: `public` for clients, `live` for the foreign tables behind those. */
const SCHEMAS = ['', 'public', 'live'];

/** The names of the live tables and of their columns. */
export class LiveNames {
  readonly #tables: ReadonlySet<string>;
  readonly #columns: ReadonlySet<string>;

  constructor(tables: readonly NamedTable[]) {
    this.#tables = new Set(tables.map(({ name }) => name));
    this.#columns = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)));
  }

  isTable(schema: string, name: string): boolean {
    return SCHEMAS.includes(schema) && this.#tables.has(name);
  }

  isColumn(name: string): boolean {
    return this.#columns.has(name);
  }
}
