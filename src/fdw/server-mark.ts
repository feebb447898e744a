import type { Names } from './names.ts';

/** What says of a foreign server that it is ours. */
export function serverMark({ schema }: Names): string {
  return `plumbline: a machine whose live tables are in the schema ${schema}`;
}
