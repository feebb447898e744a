import type { Plan } from '../../src/registry/plan.ts';
import type { StoredHost, StoredRow } from '../../src/registry/row.ts';
import type { Shelf } from './run.ts';

/** What a plan makes of rows, without any database. */
export function applied(stored: StoredHost, { changes, host }: Plan): StoredHost {
  const rows = new Map(stored.rows.map((row) => [row.name, row]));
  for (const { name, before, after } of changes) {
    const row: StoredRow = { ...after, version: String(Number(before?.version ?? 0) + 1) };
    rows.set(name, row);
  }
  return { record: host ?? stored.record, rows: [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Rows in memory. */
export function memoryShelf(): Shelf {
  let stored: StoredHost = { record: null, rows: [] };
  return {
    read: async () => stored,
    write: async (plan) => {
      stored = applied(stored, plan);
    },
  };
}
