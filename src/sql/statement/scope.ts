/** The names that WITH has given, where a piece of a statement stands: they hide tables. */
export class Scope {
  static readonly NONE = new Scope(new Map(), 0, null);

  /** Names of one WITH, by their place in it. */
  readonly #names: ReadonlyMap<string, number>;
  /** How many of them can be seen here. */
  readonly #count: number;
  readonly #outer: Scope | null;

  private constructor(names: ReadonlyMap<string, number>, count: number, outer: Scope | null) {
    this.#names = names;
    this.#count = count;
    this.#outer = outer;
  }

  /** Where these names can be seen, too. */
  within(names: readonly string[]): Scope {
    const places = new Map<string, number>();
    for (const [place, name] of names.entries()) if (!places.has(name)) places.set(name, place);
    return new Scope(places, names.length, this);
  }

  /** Where only so many of the names of its own WITH can be seen. */
  first(count: number): Scope {
    return new Scope(this.#names, count, this.#outer);
  }

  has(name: string): boolean {
    for (let scope: Scope | null = this; scope !== null; scope = scope.#outer) {
      if ((scope.#names.get(name) ?? scope.#count) < scope.#count) return true;
    }
    return false;
  }
}
