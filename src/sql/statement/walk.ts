import { mustBeAllowed } from './function-calls.ts';
import { QUERY_NODES } from './query-nodes.ts';
import { refused } from './refused.ts';
import { Scope } from './scope.ts';
import type { StatementText } from './statement-text.ts';
import { bodyOf, isNodeType, listOf, type Struct, structOf, textOf } from './tree.ts';
import type { Uses } from './uses.ts';

interface Step {
  readonly value: unknown;
  readonly scope: Scope;
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
    this.#steps.push({ value, scope: Scope.NONE });
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) this.#take(step);
  }

  #take({ value, scope }: Step): void {
    if (Array.isArray(value)) {
      for (const it of value) this.#push(it, scope);
      return;
    }
    for (const [key, child] of Object.entries(value as Struct)) {
      if (isNodeType(key)) this.#enter(key, structOf(child) ?? {}, scope);
      else this.#push(child, scope);
    }
  }

  #push(value: unknown, scope: Scope): void {
    if (typeof value === 'object' && value !== null) this.#steps.push({ value, scope });
  }

  #enter(type: string, body: Struct, scope: Scope): void {
    if (!QUERY_NODES.has(type)) throw refused(type, body);
    if (type === 'RangeVar') this.#uses.addRange(body, scope);
    else if (type === 'JoinExpr') this.#uses.addJoin(body);
    else if (type === 'ColumnRef') this.#uses.addReference(listOf(body['fields']));
    else if (type === 'A_Indirection') this.#indirection(body);
    else if (type === 'FuncCall') mustBeAllowed(body, this.#text);
    if (type === 'SelectStmt') this.#select(body, scope);
    else this.#push(body, scope);
  }

  #select(select: Struct, outer: Scope): void {
    if ('intoClause' in select) throw refused('SelectInto', select);
    const [lock] = listOf(select['lockingClause']);
    if (lock !== undefined) throw refused('LockingClause', bodyOf(lock, 'LockingClause') ?? {});
    const { withClause, larg, rarg, ...rest } = select;
    const scope = this.#with(structOf(withClause), outer);
    for (const side of [larg, rarg]) {
      const struct = structOf(side);
      if (struct !== null) this.#push({ SelectStmt: struct }, scope);
    }
    this.#push(rest, scope);
  }

  /** Each of WITH sees those before it; of WITH RECURSIVE, all of them. */
  #with(clause: Struct | null, outer: Scope): Scope {
    if (clause === null) return outer;
    const list = listOf(clause['ctes']);
    const names = list.map((it) => textOf(bodyOf(it, 'CommonTableExpr')?.['ctename']));
    const all = outer.within(names);
    list.forEach((it, index) => {
      const scope = clause['recursive'] === true ? all : outer.within(names.slice(0, index));
      this.#push(it, scope);
    });
    return all;
  }

  /** `(row).*` */
  #indirection(body: Struct): void {
    for (const it of listOf(body['indirection'])) {
      if (bodyOf(it, 'A_Star') !== null) this.#uses.addAll();
      const field = bodyOf(it, 'String');
      if (field !== null) this.#uses.addColumn(textOf(field['sval']));
    }
  }
}
