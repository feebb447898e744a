import { mustBeAllowed, mustBeNoCall } from './function-calls.ts';
import { QUERY_NODES } from './query-nodes.ts';
import { refused } from './refused.ts';
import { Scope } from './scope.ts';
import type { StatementText } from './statement-text.ts';
import { tooDeep } from './text-limits.ts';
import { bodyOf, isNodeType, listOf, namesIn, type Struct, structOf, textOf } from './tree.ts';
import type { Uses } from './uses.ts';

/**
 * Nodes within nodes. Deeper ones could be parsed at one time, and not at another: the stack that the parser needs depends
 * on how far its code has been compiled. Below this it always had enough (tried).
 */
const MAX_DEPTH = 1000;

/** Where a piece of the tree stands. */
interface Level {
  readonly scope: Scope;
  readonly depth: number;
}

interface Step extends Level {
  readonly value: unknown;
}

/** Goes through all of a query: sees that it may be run, and what it uses. Without recursion, for it can be deep. */
export class Walk {
  readonly #uses: Uses;
  readonly #text: StatementText;
  readonly #steps: Step[] = [];

  constructor(uses: Uses, text: StatementText) {
    this.#uses = uses;
    this.#text = text;
  }

  /** @throws {SqlError} why it may not be run */
  query(value: unknown): void {
    this.#push(value, { scope: Scope.NONE, depth: 0 });
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) this.#take(step.value, step);
  }

  #take(value: unknown, level: Level): void {
    if (Array.isArray(value)) {
      for (const it of value) this.#push(it, level);
      return;
    }
    for (const [key, child] of Object.entries(value as Struct)) {
      if (isNodeType(key)) this.#enter(key, structOf(child) ?? {}, level);
      else this.#push(child, level);
    }
  }

  #push(value: unknown, { scope, depth }: Level): void {
    if (typeof value === 'object' && value !== null) this.#steps.push({ value, scope, depth });
  }

  #enter(type: string, body: Struct, outer: Level): void {
    if (!QUERY_NODES.has(type)) throw refused(type, body);
    const level = { scope: outer.scope, depth: outer.depth + 1 };
    if (level.depth > MAX_DEPTH) throw tooDeep();
    if (type === 'RangeVar') this.#uses.addRange(body, level.scope);
    else if (type === 'JoinExpr') this.#uses.addJoin(body);
    else if (type === 'ColumnRef') this.#reference(body);
    else if (type === 'A_Indirection') this.#indirection(body);
    else if (type === 'FuncCall') mustBeAllowed(body, this.#text);
    if (type === 'SelectStmt') this.#select(body, level);
    else this.#push(body, level);
  }

  #select(select: Struct, outer: Level): void {
    if ('intoClause' in select) throw refused('SelectInto', select);
    const [lock] = listOf(select['lockingClause']);
    if (lock !== undefined) throw refused('LockingClause', bodyOf(lock, 'LockingClause') ?? {});
    const { withClause, larg, rarg, ...rest } = select;
    const level = this.#with(structOf(withClause), outer);
    for (const side of [larg, rarg]) {
      const struct = structOf(side);
      if (struct !== null) this.#push({ SelectStmt: struct }, level);
    }
    this.#push(rest, level);
  }

  /** Each of WITH sees those before it; of WITH RECURSIVE, all of them. */
  #with(clause: Struct | null, outer: Level): Level {
    if (clause === null) return outer;
    const { depth } = outer;
    const list = listOf(clause['ctes']);
    const names = list.map((it) => textOf(bodyOf(it, 'CommonTableExpr')?.['ctename']));
    const all = outer.scope.within(names);
    list.forEach((it, index) => {
      this.#push(it, { scope: clause['recursive'] === true ? all : all.first(index), depth });
    });
    return { scope: all, depth };
  }

  #reference(body: Struct): void {
    const fields = listOf(body['fields']);
    if (fields.length > 1) mustBeNoCall(fields, body, this.#text);
    this.#uses.addReference(fields);
  }

  /** `(row).name`, `(row).*` */
  #indirection(body: Struct): void {
    const fields = listOf(body['indirection']);
    mustBeNoCall(fields, body, this.#text);
    if (fields.some((it) => bodyOf(it, 'A_Star') !== null)) this.#uses.addAll();
    for (const name of namesIn(fields)) this.#uses.addColumn(name);
  }
}
