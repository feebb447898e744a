import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../../src/registry/plan.ts';
import type { StoredHost } from '../../src/registry/row.ts';
import { type MadeMachine, machine, stepOf } from './made-machine.ts';
import { lookAt } from './run.ts';
import { applied } from './shelf.ts';

/** True where this very process runs the agent's program: whoever may see it or not, it is not dead. */
function runsStill({ processes }: MadeMachine, pid: number | null, start: bigint | null): boolean {
  return processes.some((it) => {
    const isSame = it.pid === pid && BigInt(it.start) === start;
    return isSame && it.comm === 'claude' && !it.words.includes('zombie');
  });
}

async function reconcile(machines: readonly MadeMachine[]) {
  let stored: StoredHost = { record: null, rows: [] };
  for (const it of machines) {
    const step = stepOf(it);
    const planned = plan(await lookAt(step, stored), stored, { force: true });
    const before = stored;
    stored = applied(stored, planned);
    const again = plan(await lookAt(step, stored), stored, { force: true });
    check(it, before, stored, planned);
    expect(again.changes).toEqual([]);
    expect(again.host).toBeNull();
  }
}

function check(now: MadeMachine, before: StoredHost, after: StoredHost, planned: ReturnType<typeof plan>): void {
  for (const { name } of planned.kept) {
    expect(after.rows.find((row) => row.name === name)).toEqual(before.rows.find((row) => row.name === name));
  }
  for (const { after: row, events } of planned.changes) {
    const kinds = events.map(({ kind }) => kind);
    for (const { kind, of } of events) {
      if (kind === 'died') expect(runsStill(now, of.pid, of.startTimeTicks)).toBe(false);
    }
    if (row.status !== 'dead') continue;
    expect(row.evidence.length).toBeGreaterThan(0);
    if (row.pid !== null && !kinds.includes('renamed')) {
      expect({ row: row.name, isAlive: runsStill(now, row.pid, row.startTimeTicks) }).toMatchObject({ isAlive: false });
    }
  }
  const owned = after.rows.filter(({ status, pid }) => status === 'alive' && pid !== null);
  const keys = owned.map(({ pid, startTimeTicks }) => `${pid} ${startTimeTicks}`);
  expect(new Set(keys).size).toBe(keys.length);
}

describe('plan()', () => {
  it('ends no living session, changes nothing of what is unknown, and finds nothing to do the second time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(machine, { minLength: 1, maxLength: 4 }), (machines) => reconcile(machines)),
      { numRuns: 400 },
    );
  });
});
