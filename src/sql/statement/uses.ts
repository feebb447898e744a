import type { LiveNames } from './live-names.ts';
import type { Scope } from './scope.ts';
import { bodyOf, listOf, namesIn, type Struct, structOf, textOf } from './tree.ts';

/** What of the kernel a statement needs, gathered while its tree is walked. */
export class Uses {
  readonly #live: LiveNames;
  readonly #tables = new Set<string>();
  /** What rows of live tables are called: by the table's name, or by what it is called instead. */
  readonly #rows = new Set<string>();
  readonly #columns = new Set<string>();
  /** References, each from the first name on. */
  readonly #references: (readonly string[])[] = [];
  #isAll = false;

  constructor(live: LiveNames) {
    this.#live = live;
  }

  get tables(): ReadonlySet<string> {
    return this.#tables;
  }

  /** To be asked when the whole tree has been seen: what a row is called can stand behind what speaks of it. */
  get columns(): ReadonlySet<string> | 'all' {
    return this.#isAll || this.#references.some((it) => this.#isRow(it)) ? 'all' : this.#columns;
  }

  addRange(range: Struct, scope: Scope): void {
    const [schema, name] = [textOf(range['schemaname']), textOf(range['relname'])];
    if ((schema === '' && scope.has(name)) || !this.#live.isTable(schema, name)) return;
    this.#tables.add(name);
    this.#addAlias(range['alias']);
    // The name is hidden by another one; that it is not counts for too much at worst.
    this.#rows.add(name);
  }

  addJoin(join: Struct): void {
    if (join['isNatural'] === true) this.#isAll = true;
    for (const name of namesIn(join['usingClause'])) this.addColumn(name);
    this.#addAlias(join['alias']);
  }

  addReference(fields: readonly unknown[]): void {
    if (fields.some((it) => bodyOf(it, 'A_Star') !== null)) this.#isAll = true;
    const names = namesIn(fields);
    for (const name of names) this.addColumn(name);
    this.#references.push(names);
  }

  addColumn(name: string): void {
    if (this.#live.isColumn(name)) this.#columns.add(name);
  }

  addAll(): void {
    this.#isAll = true;
  }

  #addAlias(value: unknown): void {
    const alias = structOf(value);
    if (alias === null) return;
    this.#rows.add(textOf(alias['aliasname']));
    if (listOf(alias['colnames']).length > 0) this.#isAll = true;
  }

  /** `select s from sessions s`; and `s.f`, which is `f(s)` where there is no such column. */
  #isRow(names: readonly string[]): boolean {
    const [before, last] = names.length > 1 ? names.slice(-2) : ['', ...names];
    if (last === undefined) return false;
    return this.#rows.has(last) || (before !== '' && this.#rows.has(before ?? '') && !this.#live.isColumn(last));
  }
}
