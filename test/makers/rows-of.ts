import { type Ask, MachineLook } from '../../src/look/machine-look.ts';
import type { Coverage } from '../../src/model/coverage.ts';
import type { ObserveOptions } from '../../src/observe.ts';
import type { KernelRelation } from '../../src/relations/kernel-relation.ts';
import { toWire, type WireObject } from '../../src/relations/wire.ts';

/** The rows of a relation, as they stand in JSON, and what could not be seen. */
export interface RowsOf {
  readonly rows: readonly WireObject[];
  readonly coverage: Coverage;
}

/** Looks, and reads a relation: everything, or the columns that are named, and of one session. */
export async function rowsOf(
  relation: KernelRelation,
  options: ObserveOptions = {},
  columns: readonly string[] | null = null,
  session: string | null = null,
): Promise<RowsOf> {
  const look = await MachineLook.open(options);
  const told = relation.columns.filter(({ name }) => columns === null || columns.includes(name));
  const wants: Ask['wants'] = (name) => told.some((column) => column.name === name);
  const { sessions } = look.snapshot;
  const meant = session === null ? null : new Set(sessions.filter(({ name }) => name.text === session));
  const rows = await relation.rows(look, { sessions: meant, wants, options: {} });
  // Columns and rows were checked against each other where the relation was described.
  return { rows: rows.map((row) => toWire({ columns: told }, row as never)), coverage: look.coverage() };
}
