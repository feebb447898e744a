import { PlumblineError } from '../../model/errors.ts';
import type { SqlResult } from './answer.ts';
import { toJsonValue } from './types.ts';

/**
 * Whether objects have room for all that a result says.
 * @throws {PlumblineError} `usage` where two columns of one name differ: an object has one of them
 */
export function checkNames({ columns, rows }: SqlResult): void {
  const first = firstOf(columns);
  for (const [index, { name }] of columns.entries()) {
    const before = first.get(name) ?? index;
    if (before !== index && rows.some((row) => row[index] !== row[before])) throw named(name);
  }
}

/** The rows of a result as objects. */
export function resultObjects({ columns, rows }: SqlResult): Record<string, unknown>[] {
  const first = [...firstOf(columns)];
  return rows.map((row) => {
    const entries = first.map(([name, index]): [string, unknown] => {
      return [name, toJsonValue(row[index] ?? null, columns[index]?.typeOid ?? 0)];
    });
    return Object.fromEntries(entries);
  });
}

/** Where each name stands first. */
function firstOf(columns: SqlResult['columns']): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const [index, { name }] of columns.entries()) if (!first.has(name)) first.set(name, index);
  return first;
}

function named(name: string): PlumblineError {
  return new PlumblineError('usage', `two columns are named ${name}, and a JSON object has room for one`, {
    hint: `name one of them otherwise: select …, … as "${name}_2"; or -o csv`,
  });
}
