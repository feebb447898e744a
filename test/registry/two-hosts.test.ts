/** Nothing of a host is changed on another host's evidence: for any order of their syncs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/registry/database.ts';
import { plan } from '../../src/registry/plan.ts';
import { Registry } from '../../src/registry/registry.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { machine, stepOf } from '../reconcile/made-machine.ts';
import { lookAt } from '../reconcile/run.ts';
import type { Step } from '../reconcile/script.ts';
import { watchedEmbedded, watchedServer } from './watched-places.ts';

const HOSTS = ['red', 'blue'] as const;
type HostId = (typeof HOSTS)[number];

/** Two hosts with sessions of the same names and pids, and whose turn it is each time. */
const turns = fc.array(fc.record({ hostId: fc.constantFrom(...HOSTS), step: machine.map(stepOf) }), {
  minLength: 2,
  maxLength: 8,
});

/** One sync of a host, in a transaction as `sync` makes one. */
async function syncStep(registry: Registry, hostId: HostId, step: Step): Promise<void> {
  await registry.exclusively(hostId, async () => {
    const stored = await registry.read(hostId);
    await registry.apply(plan(await lookAt(step, stored, hostId), stored, { force: true }), { historyDays: 90 });
  });
}

/** All that is stored of a host but the numbers that the database gives. */
async function told(database: Database, hostId: HostId): Promise<string[]> {
  const { rows } = await database.query(
    `select to_jsonb(h)::text as it from plumbline.hosts h where host_id = $1
     union all (select to_jsonb(s)::text from plumbline.sessions s where host_id = $1 order by name)
     union all (select (to_jsonb(e) - 'id')::text from plumbline.session_events e where host_id = $1 order by id)`,
    [hostId],
  );
  return rows.map((row) => row['it'] ?? '');
}

/** Which version each row of a host is. */
async function versions(database: Database, hostId: HostId): Promise<string> {
  const { rows } = await database.query(
    `select string_agg(name || xmin, ' ' order by name) as it from plumbline.sessions where host_id = $1`,
    [hostId],
  );
  return rows[0]?.['it'] ?? '';
}

async function empty(database: Database): Promise<void> {
  await database.script('truncate plumbline.hosts, plumbline.sessions, plumbline.session_events');
}

function leaveEachOtherAlone(open: () => Promise<Database>): void {
  it('leave each other’s rows and history alone, in any order', async () => {
    const database = await open();
    const registry = new Registry(database);
    let written = 0;
    const check = fc.asyncProperty(turns, async (all) => {
      await empty(database);
      for (const { hostId, step } of all) {
        const other = hostId === 'red' ? 'blue' : 'red';
        const before = [await versions(database, other), await told(database, other)];
        await syncStep(registry, hostId, step);
        expect([await versions(database, other), await told(database, other)]).toEqual(before);
      }
      const together = await Promise.all(HOSTS.map((hostId) => told(database, hostId)));
      written += together.flat().length;
      for (const [index, own] of HOSTS.entries()) {
        await empty(database);
        for (const { hostId, step } of all) if (hostId === own) await syncStep(registry, hostId, step);
        expect(together[index]).toEqual(await told(database, own));
      }
    });
    await fc.assert(check, { numRuns: 20 });
    expect(written).toBeGreaterThan(20);
  });
}

describe('two hosts in the embedded registry', () => {
  leaveEachOtherAlone(async () => (await watchedEmbedded()).reader());
});

describe.each(postgresVersions().slice(-1))('two hosts in Postgres $major', (version) => {
  requires('setpriv', 'postgres');
  const server = usePostgres(version);
  leaveEachOtherAlone(async () => (await watchedServer(server())).reader());
});
