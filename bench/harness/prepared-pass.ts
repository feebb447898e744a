// One pass of `plumb sync` with a prepared look: all that it does but looking.
import { plan } from '../../src/registry/plan.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { incumbentsOf } from '../../src/registry/row.ts';
import { incumbentsOfClaims } from '../../src/registry/table/claim.ts';
import { planTable } from '../../src/registry/table/plan.ts';
import type { Table } from '../../src/registry/table/table.ts';
import type { PreparedMachine } from './prepared.ts';

/** What a pass took, without its look. */
export interface PassTime {
  /** With the lock, and asking for the incumbents. */
  readonly readMs: number;
  readonly planMs: number;
  /** With the end of the transaction. */
  readonly writeMs: number;
  readonly changes: number;
}

/** As `sync` does, with its default of 90 days of history. */
export async function passOwn(registry: Registry, machine: PreparedMachine, hostId: string): Promise<PassTime> {
  const watch = new Stopwatch();
  return registry
    .exclusively(hostId, async () => {
      const stored = await registry.read(hostId, { evidence: false });
      incumbentsOf(stored);
      const readMs = watch.lap();
      const { snapshot, written } = await machine.look(hostId);
      watch.lap();
      const planned = plan(snapshot, stored);
      const planMs = watch.lap();
      await registry.apply(planned, { historyDays: 90 });
      written();
      return { readMs, planMs, changes: planned.changes.length };
    })
    .then((it) => ({ ...it, writeMs: watch.lap() }));
}

/** As `sync --table` does. */
export async function passTable(table: Table, machine: PreparedMachine, hostId: string): Promise<PassTime> {
  const watch = new Stopwatch();
  return table
    .exclusively(hostId, async () => {
      const claims = await table.read(hostId);
      incumbentsOfClaims(claims);
      const readMs = watch.lap();
      const { snapshot, written } = await machine.look(hostId);
      watch.lap();
      const planned = planTable(snapshot, claims, table.mapping);
      const planMs = watch.lap();
      await table.apply(planned, 90);
      written();
      return { readMs, planMs, changes: planned.changes.length };
    })
    .then((it) => ({ ...it, writeMs: watch.lap() }));
}

class Stopwatch {
  #last = performance.now();

  /** Milliseconds since the last one. */
  lap(): number {
    const now = performance.now();
    const ms = now - this.#last;
    this.#last = now;
    return ms;
  }
}
