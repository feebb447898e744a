import { PlumblineError } from '../../model/errors.ts';
import type { SqlResult } from './answer.ts';
import { toJsonValue } from './types.ts';

/**
 * The rows of a result as objects.
 * @throws {PlumblineError} `usage` where two columns of one name differ: an object has room for one of them
 */
export function resultObjects({ columns, rows }: SqlResult): Record<string, unknown>[] {
  const first = new Map<string, number>();
  for (const [index, { name }] of columns.entries()) {
    const before = first.get(name);
    if (before === undefined) first.set(name, index);
    else if (rows.some((row) => row[index] !== row[before])) throw named(name);
  }
  return rows.map((row) => {
    const entries = [...first].map(([name, index]): [string, unknown] => {
      return [name, toJsonValue(row[index] ?? null, columns[index]?.typeOid ?? 0)];
    });
    return Object.fromEntries(entries);
  });
}

function named(name: string): PlumblineError {
  return new PlumblineError('usage', `two columns are named ${name}, and a JSON object has room for one`, {
    hint: `name one of them otherwise: select …, … as "${name}_2"; or -o csv`,
  });
}
