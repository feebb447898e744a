/** Three hosts, as far as pids, mounts, names and the network go, and one Postgres that all of them reach. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import { install } from '../makers/c-program.ts';
import { type FakeHost, type FakeNetwork, makeNetwork } from '../makers/fake-hosts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { Cluster, postgresVersions } from '../makers/postgres-cluster.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';
import { noted } from '../makers/watcher.ts';
import { PLUMB } from './plumb.ts';

leavesNothingBehind();

/** How long after it was cut off a host may still count as connected: docs/watching.md. */
const BOUND_MS = 30_000;

const DATABASE = 'fleet';

/** A server that listens in the network, with the schema. */
async function startServer(bin: string, { address, inside }: FakeNetwork, scratch: string) {
  const rules = path.join(scratch, 'pg_hba.conf');
  fs.writeFileSync(rules, 'local all all trust\nhost all all samenet trust\n');
  const server = new Cluster(bin, [`listen_addresses=${address}`, `hba_file=${rules}`], 5432, inside);
  onTestFinished(() => server.end());
  await server.start();
  server.psql(`create database ${DATABASE}`);
  const local = await openRegistry({ url: server.url(DATABASE), anySchema: true });
  onTestFinished(() => local.close());
  await local.migrate();
  const user = /\/\/(\w+)@/.exec(server.url(DATABASE))?.[1];
  return { server, local, url: `postgres://${user}@${address}:5432/${DATABASE}?connect_timeout=2` };
}

/** Starts the watch of one host over the homes in its directory of the test's. */
function startWatch(host: FakeHost, scratch: string, url: string) {
  const homes = ['--home', `${scratch}/${host.name}/*`, '--command', 'claude', '--host-id', host.name];
  const command = [globalThis.process.execPath, PLUMB, 'sync', '--watch', '--interval', '200ms', '--db', url] as const;
  return host.watch([...command, ...homes], {
    PATH: globalThis.process.env['PATH'] ?? '',
    HOME: scratch,
    PLUMBLINE_CONFIG: '/dev/null',
  });
}

describe('three hosts on one server', () => {
  requires('cc', 'root', 'setpriv', 'script', 'ip', 'postgres', 'pid namespaces', 'network namespaces');

  it('one is killed, one is cut off and comes back, and a session moves: each tells of its own, and no other', async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const places = makeDirectories(scratch, 'red/ada', 'red/rob', 'green/ann', 'blue/ada');
    const [adaAtRed, robAtRed, annAtGreen, adaAtBlue] = places;
    const network = await makeNetwork();
    const { server, local, url } = await startServer(postgresVersions().at(-1)?.bin ?? '', network, scratch);
    const red = await network.addHost('red');
    const green = await network.addHost('green');
    const blue = await network.addHost('blue');
    const rows = () => server.psql(VIEW, DATABASE).split('\n');
    const history = (host: string) => server.psql(`${HISTORY} where host_id = '${host}'`, DATABASE);
    const reads = (what: string, ...expected: readonly string[]) =>
      waitFor(what, () => expected.every((it) => rows().includes(it)), BOUND_MS + 10_000).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${expected.join('; ')} is not in ${rows().join('; ')}`);
      });

    const ada = await red.startAgent(claude, adaAtRed);
    const rob = await red.startAgent(claude, robAtRed);
    const ann = await green.startAgent(claude, annAtGreen);
    const watchers = [red, green, blue].map((host) => startWatch(host, scratch, url));
    await reads('all rows', `red ada alive connected ${ada.inner}`, `red rob alive connected ${rob.inner}`);
    await reads('all rows', `green ann alive connected ${ann.inner}`);

    // Cut off, with what it cannot tell: its session ends, and another one begins.
    green.cut();
    const cutAt = performance.now();
    globalThis.process.kill(ann.pid, 'SIGKILL');
    await waitFor('its end', () => !fs.existsSync(`/proc/${ann.pid}`));
    const annAgain = await green.startAgent(claude, annAtGreen);

    // Meanwhile a session moves with its home, which has another path there.
    globalThis.process.kill(ada.pid, 'SIGKILL');
    await reads('its end', `red ada dead connected ${ada.inner}`);
    blue.run('mount', '--bind', adaAtRed, adaAtBlue);
    const adaAgain = await blue.startAgent(claude, adaAtBlue);
    await reads('its start elsewhere', `blue ada alive connected ${adaAgain.inner}`);
    expect(rows()).toContain(`red ada dead connected ${ada.inner}`);
    expect(server.psql(`select home from plumbline.sessions where host_id = 'blue'`, DATABASE)).toBe(adaAtBlue);
    expect([history('red'), history('blue')]).toEqual([
      `ada started ${ada.inner}, rob started ${rob.inner}, ada died ${ada.inner}`,
      `ada started ${adaAgain.inner}`,
    ]);

    // Killed: it is gone at once, and nobody claims that its sessions have ended.
    red.kill();
    await reads('it to be gone', `red ada unknown gone ${ada.inner}`, `red rob unknown gone ${rob.inner}`);

    await reads('the other one to be gone', `green ann unknown gone ${ann.inner}`);
    const goneAfterMs = performance.now() - cutAt;
    globalThis.process.stderr.write(`cut off: not connected after ${(goneAfterMs / 1000).toFixed(1)} s\n`);
    expect(goneAfterMs).toBeLessThan(BOUND_MS);
    green.heal();
    await reads('it to be back', `green ann alive connected ${annAgain.inner}`);
    expect(history('green')).toBe(`ann started ${ann.inner}, ann died ${ann.inner}, ann started ${annAgain.inner}`);
    expect(rows()).toContain(`blue ada alive connected ${adaAgain.inner}`);
    expect((await local.hosts()).map(({ hostId, freshness }) => `${hostId} ${freshness}`)).toEqual([
      ...['blue connected', 'green connected', 'red gone'],
    ]);
    await noted(watchers[1] as (typeof watchers)[number], 'answers again, and the rows are right');
  });
});

const VIEW = `select concat_ws(' ', host_id, name, status, freshness, pid) from plumbline.live_sessions order by 1`;
const HISTORY = `select string_agg(concat_ws(' ', name, event, pid), ', ' order by id)
  from plumbline.session_events`;
