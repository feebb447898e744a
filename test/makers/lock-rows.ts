import type { MachineLook } from '../../src/look/machine-look.ts';
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
