import { SqlError } from '../sql-error.ts';
import { sizeOf } from './bound-query.ts';
import type { HeldMemory } from './held-memory.ts';
import type { HeldRows } from './held-rows.ts';
import type { Portal } from './portal.ts';

/** The portals of one client: Bind and DECLARE make them under the same names. */
export class Portals {
  readonly #portals = new Map<string, Portal>();
  readonly #bytes = new Map<Portal, number>();
  readonly #memory: HeldMemory;
  /** The one that Execute runs. What it says cannot end itself. */
  running: Portal | null = null;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
  }

  get(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  /**
   * The one without a name takes the place of the one before.
   * @throws {SqlError} `42P03` there is one; `53200` too much is kept
   */
  add(portal: Portal): void {
    const { name } = portal;
    if (name === '') this.drop(name);
    else if (this.#portals.has(name)) throw new SqlError('42P03', `cursor "${name}" already exists`);
    this.#account(portal, portal.parts.query === null ? 0 : sizeOf(portal.parts.query));
    this.#portals.set(name, portal);
  }

  /**
   * Keeps what a portal's query has answered.
   * @throws {SqlError} `53200` too much is kept
   */
  keep(portal: Portal, rows: HeldRows, formats: readonly number[]): void {
    this.#account(portal, rows.byteLength);
    portal.rows = rows;
    portal.rowFormats = formats;
  }

  /** @returns whether there was one */
  drop(name: string): boolean {
    const portal = this.#portals.get(name);
    if (portal === undefined) return false;
    this.#portals.delete(name);
    this.#memory.giveBack(this.#bytes.get(portal) ?? 0);
    this.#bytes.delete(portal);
    return true;
  }

  /** All but the one that says so. */
  dropAll(): void {
    this.#dropWhere((it) => it !== this.running);
  }

  /** Those that outlive the transaction if it succeeds, and have not done so yet. */
  get toPersist(): readonly Portal[] {
    return [...this.#portals.values()].filter((it) => it.parts.cursor?.isHeld === true && !it.isPersistent);
  }

  /** The transaction has ended: what does not outlive it goes. */
  endTransaction(): void {
    this.#dropWhere((it) => !it.isPersistent);
  }

  /** What was made since a savepoint goes with it. */
  rollBackTo(level: number): void {
    this.#dropWhere((it) => !it.isPersistent && it.level > level);
  }

  /** What was made since a savepoint is from now on of what was around it. */
  release(level: number): void {
    for (const portal of this.#portals.values()) portal.level = Math.min(portal.level, level);
  }

  #account(portal: Portal, bytes: number): void {
    this.#memory.take(bytes);
    this.#bytes.set(portal, (this.#bytes.get(portal) ?? 0) + bytes);
  }

  #dropWhere(isMeant: (portal: Portal) => boolean): void {
    for (const portal of [...this.#portals.values()]) if (isMeant(portal)) this.drop(portal.name);
  }
}
