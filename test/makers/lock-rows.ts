import { MachineLook } from '../../src/look/machine-look.ts';
import { LOCKS } from '../../src/relations/locks.ts';
import { toWire, type WireObject } from '../../src/relations/wire.ts';

/** The locks of a look, as JSON has them. */
export async function lockRows(
  look: MachineLook,
  options: Readonly<Record<string, string | boolean>>,
): Promise<WireObject[]> {
  const rows = await LOCKS.rows(look, { sessions: null, wants: () => true, options });
  return rows.map((row) => toWire(LOCKS, row as never));
}

/** A row, as far as its type matters. */
export interface LockRow extends WireObject {
  readonly id: number;
  readonly path: string | null;
  readonly pid: number | null;
  readonly holders: readonly WireObject[] | null;
}

/** The rows of files in a directory. */
export async function lockRowsIn(
  directory: string,
  options: Readonly<Record<string, boolean>> = {},
): Promise<LockRow[]> {
  const look = await MachineLook.open({ homes: [] });
  // The columns were checked with their rows where they were described.
  const rows = (await lockRows(look, options)) as LockRow[];
  return rows.filter(({ path }) => path?.startsWith(`${directory}/`));
}
