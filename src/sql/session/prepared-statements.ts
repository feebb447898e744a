import { joined } from '../protocol/bytes.ts';
import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import type { Statement } from '../statement/statement.ts';
import type { NamedStatement } from './engine-runs.ts';
import type { HeldMemory } from './held-memory.ts';

/** A statement that Parse or PREPARE has made. */
export interface Prepared {
  readonly name: string;
  /** null where there was nothing in its text. */
  readonly statement: Statement | null;
  /** How many characters stood before the statement in what was sent. */
  readonly offset: number;
  readonly parameterTypes: readonly number[];
  /** What its rows are like, in text; null where it has none. */
  readonly description: Uint8Array | null;
  /** Made by PREPARE: its text says so too. */
  readonly isFromSql: boolean;
}

/** The prepared statements of one client: Parse and PREPARE make them under the same names. */
export class PreparedStatements {
  readonly #statements = new Map<string, Prepared>();
  readonly #memory: HeldMemory;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
  }

  get(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  /** @throws {SqlError} `26000` */
  need(name: string): Prepared {
    const found = this.#statements.get(name);
    if (found !== undefined) return found;
    const which = name === '' ? 'unnamed prepared statement' : `prepared statement "${name}"`;
    throw new SqlError('26000', `${which} does not exist`);
  }

  /** @throws {SqlError} `42P05` there is one of this name; `53200` too much is kept */
  add(prepared: Prepared): void {
    if (prepared.name === '') this.drop('');
    else this.mustBeNew(prepared.name);
    this.#memory.take(sizeOf(prepared));
    this.#statements.set(prepared.name, prepared);
  }

  /** @throws {SqlError} `42P05` there is one of this name */
  mustBeNew(name: string): void {
    if (this.#statements.has(name)) throw new SqlError('42P05', `prepared statement "${name}" already exists`);
  }

  /** @returns whether there was one */
  drop(name: string): boolean {
    const prepared = this.#statements.get(name);
    if (prepared === undefined) return false;
    this.#statements.delete(name);
    this.#memory.giveBack(sizeOf(prepared));
    return true;
  }

  /** All that have a name. */
  dropAll(): void {
    for (const name of [...this.#statements.keys()]) if (name !== '') this.drop(name);
  }
}

/** For the engine, where something names it. */
export function inEngine({ name, statement, parameterTypes, isFromSql }: Prepared): NamedStatement | null {
  if (statement === null) return null;
  const { text } = statement;
  const parse = () => joined([frontend.parse(name, text, parameterTypes), frontend.sync()]);
  return { name, frames: isFromSql ? frontend.query(text) : parse() };
}

/** Bytes that keeping it takes. */
function sizeOf({ statement, description }: Prepared): number {
  const FOR_ITSELF = 512;
  return FOR_ITSELF + (statement?.text.length ?? 0) * 2 + (description?.length ?? 0);
}
