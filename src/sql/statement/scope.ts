/** The names that WITH has given, where a piece of a statement stands: they hide tables. */
export class Scope {
  static readonly NONE = new Scope(new Set(), null);

  readonly #names: ReadonlySet<string>;
  readonly #outer: Scope | null;

  private constructor(names: ReadonlySet<string>, outer: Scope | null) {
    this.#names = names;
    this.#outer = outer;
  }

  within(names: Iterable<string>): Scope {
    return new Scope(new Set(names), this);
  }

  has(name: string): boolean {
    for (let scope: Scope | null = this; scope !== null; scope = scope.#outer) {
      if (scope.#names.has(name)) return true;
    }
    return false;
  }
}
