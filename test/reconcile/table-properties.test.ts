import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import type { TableMapping } from '../../src/model/table-mapping.ts';
import { observe } from '../../src/observe.ts';
import { type Claim, incumbentsOfClaims } from '../../src/registry/table/claim.ts';
import { planTable, type TablePlan } from '../../src/registry/table/plan.ts';
import { sceneOf } from '../stories/story-scene.ts';
import { HOMES, type MadeMachine, machine, PIDS, stepOf } from './made-machine.ts';

const MAPPING: TableMapping = {
  table: 'agents',
  key: 'name',
  columns: { pid: 'pid', host: 'host', status: 'status', terminal: 'tty', observed_at: 'seen' },
  alive: ['running'],
  dead: ['dead'],
  thisHost: true,
  insert: true,
  touchSeconds: null,
};

/** A pid that no made-up machine has. */
const NOBODY = 900;

function claimOf(name: string, values: Claim['values']): Claim {
  const { pid = null, host = null, status = null, observed_at = null } = values;
  const says = status === 'running' ? 'alive' : status === 'dead' ? 'dead' : 'other';
  const observedAt = observed_at === null ? null : new Date(observed_at);
  return {
    name,
    pid: pid === null ? null : Number(pid),
    says,
    host,
    startedAt: null,
    observedAt,
    endedAt: null,
    values,
  };
}

const claim = (name: string, hosts: readonly (string | null)[]): fc.Arbitrary<Claim | null> =>
  fc.option(
    fc
      .record({
        pid: fc.constantFrom(...[...PIDS, NOBODY].map(String), null),
        host: fc.constantFrom(...hosts),
        status: fc.constantFrom('running', 'running', 'dead', 'paused'),
        terminal: fc.constantFrom('pts/101', '/dev/pts/103', null),
        observed_at: fc.constantFrom('2026-11-24T11:59:00.000Z', '2026-11-20T00:00:00.000Z', null),
      })
      .map((values) => claimOf(name, values)),
    { freq: 5 },
  );

const table = (hosts: readonly (string | null)[]) =>
  fc.tuple(...HOMES.map((name) => claim(name, hosts))).map((all) => all.filter((it) => it !== null));

function lookAt(made: MadeMachine, claims: readonly Claim[], hostId: string): Promise<Snapshot> {
  const { story } = stepOf(made);
  const scene = sceneOf(story);
  for (const pid of [...PIDS, NOBODY]) {
    if (scene.exists.get(pid)) continue;
    scene.exists.set(pid, false);
    scene.missing.set(`open proc/${pid}`, 'ENOENT');
  }
  const { homes, commands } = story;
  return observe({ homes, commands, hostId, incumbents: incumbentsOfClaims(claims), machine: replayMachine(scene) });
}

/** The rows that a host reads: its own, those of nobody, and others' of names that live with it. */
async function planOf(made: MadeMachine, rows: readonly Claim[], hostId: string): Promise<TablePlan> {
  const own = rows.filter(({ host }) => host === null || host === hostId);
  const snapshot = await lookAt(made, own, hostId);
  const lively = snapshot.sessions.filter(({ verdict }) => verdict === 'alive').map(({ name }) => name.text);
  const others = rows.filter((row) => !own.includes(row) && lively.includes(row.name));
  return planTable(snapshot, [...own, ...others], MAPPING, { force: true });
}

function applied(rows: readonly Claim[], { changes }: TablePlan): Claim[] {
  const after = new Map(rows.map((row) => [row.name, row]));
  for (const { name, values } of changes) after.set(name, claimOf(name, { ...after.get(name)?.values, ...values }));
  return [...after.values()];
}

function check(made: MadeMachine, { changes, compared, hostId }: TablePlan): void {
  for (const { name, should, claim: row, values, evidence } of changes) {
    expect(Object.keys(values ?? {}).filter((kind) => !(kind in MAPPING.columns))).toEqual([]);
    // What is another host's is left alone until that host has ended it.
    if (row?.host != null && row.host !== hostId) expect(row.says).toBe('dead');
    if (should !== 'dead') continue;
    const isInIt = made.processes.some(({ pid, comm, words }) => {
      const isThere = words.some(
        (word) => word === `cwd=/srv/agents/${name}` || word.startsWith(`cwd=/srv/agents/${name}/`),
      );
      return (
        pid === row?.pid && comm === 'claude' && isThere && !words.includes('zombie') && !words.includes('deleted')
      );
    });
    expect({ name, isInIt }).toEqual({ name, isInIt: false });
    if (row?.pid != null) expect(evidence.length).toBeGreaterThan(0);
  }
  for (const { verdict, values } of compared)
    if (verdict === 'unknown' || verdict === 'ambiguous') expect(values).toBeNull();
}

describe('planTable()', () => {
  it('ends nobody who is in the home, writes mapped columns only, and finds nothing to do the second time', async () => {
    await fc.assert(
      fc.asyncProperty(machine, table([null, 'here']), async (made, rows) => {
        const planned = await planOf(made, rows, 'here');
        check(made, planned);
        expect((await planOf(made, applied(rows, planned), 'here')).changes).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('of two hosts ends the same whatever their order, where no name lives on both', async () => {
    await fc.assert(
      fc.asyncProperty(
        machine,
        machine,
        table(['a', 'b']),
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 4 }),
        async (one, other, rows, order) => {
          const machines = new Map([
            ['a', { ...one, homes: ['ada'] }],
            ['b', { ...other, homes: ['bob', 'cid'] }],
          ]);
          const run = async (hosts: readonly string[]) => {
            let now = rows;
            for (const host of hosts) {
              const made = machines.get(host) ?? one;
              const planned = await planOf(made, now, host);
              check(made, planned);
              now = applied(now, planned);
            }
            return now.map(({ name, values: { pid, host, status } }) => [name, pid, host, status]).sort();
          };
          const rounds = ['a', 'b', 'a', 'b'];
          expect(await run([...order, ...rounds])).toEqual(await run(rounds));
        },
      ),
      { numRuns: 200 },
    );
  });
});
