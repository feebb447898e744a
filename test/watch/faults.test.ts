/** What happens to a registry while sessions come and go; after each fault the first pass has the rows right. */
import fs from 'node:fs';
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { liveMachine } from '../../src/kernel/machine.ts';
import { openRegistry } from '../../src/open-registry.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import type { Pass } from '../../src/sync.ts';
import { type WatchOptions, watch } from '../../src/watch/watch.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn } from '../makers/look.ts';
import { inMountNamespace } from '../makers/namespaces.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { Cluster, type PostgresServer } from '../makers/postgres-cluster.ts';
import { hasEnded } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories } from '../makers/scratch.ts';
import { openTerminal, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const HOST_ID = 'faults';

// One for all tests: `makeScratch` ends all that a test file has started, and the server lives longer than a test.
let scratch: string;
beforeAll(() => {
  scratch = fs.realpathSync(fs.mkdtempSync(`${os.tmpdir()}/plumbline-faults-`));
  fs.chmodSync(scratch, 0o755);
});
afterAll(() => fs.rmSync(scratch, { recursive: true }));

/** A watch of one home, and what it has told. */
interface Going {
  readonly passes: readonly Pass[];
  /** `lost: …`, and `back` with the pids that have been written since. */
  readonly told: readonly string[];
  readonly agent: Terminal;
  /** The agent ends, and another one takes its home. */
  readonly replaceAgent: () => Promise<Terminal>;
}

/** Starts a watch, and waits for its first pass. */
async function startWatch(url: string, more: Partial<WatchOptions> = {}): Promise<Going> {
  const own = fs.mkdtempSync(`${scratch}/test-`);
  const claude = install('agent', `${own}/bin/claude`);
  const [home] = makeDirectories(own, 'homes/ada');
  const startAgent = () => openTerminal([claude], { cwd: home });
  const agent = await startAgent();
  const controller = new AbortController();
  const passes: Pass[] = [];
  const told: string[] = [];
  let lostAfter = 0;
  const ended = watch({
    open: () => openRegistry({ url, answerWithinMs: 10_000 }),
    homes: [homesIn(`${own}/homes`)],
    commands: ['claude'],
    hostId: HOST_ID,
    intervalMs: 100,
    signal: controller.signal,
    onPass: (done) => passes.push(done),
    onLost: ({ message }) => {
      lostAfter = passes.length;
      told.push(`lost: ${message}`);
    },
    onBack: () => {
      const changes = passes.slice(lostAfter).flatMap(({ plan }) => plan.changes);
      told.push(`back: ${changes.map(({ after }) => `${after.status} ${after.pid}`).join()}`);
    },
    ...more,
  });
  onTestFinished(async () => {
    controller.abort();
    await ended;
  });
  const replaceAgent = async () => {
    await agent.hangUp();
    await waitFor('its end', () => hasEnded(agent.pid));
    return startAgent();
  };
  await waitFor('the first pass', () => passes.length > 0);
  return { passes, told, agent, replaceAgent };
}

/** Does to a registry whatever it is, lets an agent be replaced meanwhile, mends it, and looks at what was written. */
async function survives(url: string, words: string, hurt: () => Promise<unknown>, mend: () => Promise<unknown>) {
  const { told, agent, replaceAgent } = await startWatch(url);
  await hurt();
  const next = await replaceAgent();
  await waitFor('it to be told', () => told.length > 0);
  expect(told).toEqual([expect.stringMatching(new RegExp(`^lost: .*${words}`))]);
  await mend();
  await waitFor('it to be back', () => told.length > 1);
  expect(told.slice(1)).toEqual([`back: alive ${next.pid}`]);
  await expectHistory(url, agent, next);
}

/** Neither a gap nor anything twice. */
async function expectHistory(url: string, first: Terminal, next: Terminal): Promise<void> {
  const registry = await openRegistry({ url });
  onTestFinished(() => registry.close());
  const { rows } = await registry.read(HOST_ID);
  expect(rows).toMatchObject([{ name: 'ada', status: 'alive', pid: next.pid, terminal: next.name }]);
  const events = (await registry.history()).map(({ event, pid }) => `${event} ${pid}`);
  expect(events).toEqual([`started ${first.pid}`, `died ${first.pid}`, `started ${next.pid}`]);
}

const databaseOf = (url: string) => /@\/(\w+)\?/.exec(url)?.[1] ?? '';

async function withSchema(url: string): Promise<string> {
  const registry = await openRegistry({ url, anySchema: true });
  await registry.migrate();
  await registry.close();
  return url;
}

describe.each(postgresVersions().slice(-1))('a watch in Postgres $major', (version) => {
  requires('cc', 'setpriv', 'postgres');
  const server = usePostgres(version);

  it('waits while the server refuses connections', async () => {
    const url = await withSchema(server().createDatabase());
    const database = databaseOf(url);
    const allow = async (is: boolean) => server().psql(`alter database ${database} allow_connections ${is}`);
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`;
    const hurt = async () => {
      await allow(false);
      server().psql(end);
    };
    // Whichever comes first: the end of the connection, or the refusal of the next one.
    await survives(url, '(not currently accepting connections|the connection|ended)', hurt, () => allow(true));
  });

  it('waits while somebody holds the table', async () => {
    const url = await withSchema(server().createDatabase());
    const other = await openPostgres(url, {});
    onTestFinished(() => other.close());
    const hurt = () => other.script('begin; lock table plumbline.sessions in access exclusive mode');
    await survives(url, 'a lock could not be had in time', hurt, () => other.script('rollback'));
  });

  it('has the rows right at the next pass after the clock was set back', async () => {
    const url = await withSchema(server().createDatabase());
    let setBackMs = 0;
    const machine = { ...liveMachine(), now: () => new Date(Date.now() - setBackMs) };
    const { passes, told, agent, replaceAgent } = await startWatch(url, { machine });
    setBackMs = 3 * 3_600_000;
    const next = await replaceAgent();
    const changed = () => passes.filter(({ plan }) => plan.changes.some(({ after }) => after.pid === next.pid));
    const [done] = await waitFor('its row', () => changed().length > 0 && changed());
    expect(done?.snapshot.observedAt.getTime()).toBeLessThan(Date.now() - 2 * 3_600_000);
    const first = passes.findIndex(({ snapshot }) => snapshot.sessions.some(({ pid }) => pid === next.pid));
    expect(passes[first]).toBe(done);
    expect(told).toEqual([]);
    await expectHistory(url, agent, next);
  });
});

describe.each(postgresVersions().slice(-1))('a watch in Postgres $major on a small disk', (version) => {
  requires('cc', 'root', 'setpriv', 'postgres', 'mount namespaces');

  /** A server with a file system of 32 MB of its own, which nobody else sees, and a database there. */
  async function startSmall(): Promise<{ readonly server: PostgresServer; readonly url: string }> {
    const [place] = makeDirectories(scratch, 'disk');
    const mount = `mount -t tmpfs -o size=32m,mode=700,uid=65534,gid=65534 none ${place}; exec "$@"`;
    const server = new Cluster(version.bin, ['autovacuum=off'], 5432, [...inMountNamespace(mount), 'sh']);
    onTestFinished(() => server.end());
    await server.start();
    server.psql(`create tablespace small location '${place}'`);
    server.psql('create database small tablespace small');
    return { server, url: await withSchema(server.url('small')) };
  }

  it('waits while the disk is full', async () => {
    const { server, url } = await startSmall();
    server.psql('create table filler (text text)', 'small');
    const hurt = async () => {
      const fill = `insert into filler select repeat('x', 1000) from generate_series(1, 100000)`;
      expect(() => server.psql(fill, 'small')).toThrow('No space left on device');
      // And what is left of pages that have begun.
      server.psql(
        `do $$ begin loop
           begin
             insert into plumbline.session_events (host_id, name, at, event) values ('other', 'x', now(), 'x');
           exception when disk_full then exit;
           end;
         end loop; end $$`,
        'small',
      );
    };
    const mend = async () => {
      server.psql('drop table filler', 'small');
      server.psql(`delete from plumbline.session_events where host_id = 'other'`, 'small');
    };
    await survives(url, 'its disk is full', hurt, mend);
  });
});
