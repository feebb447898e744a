import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { install } from './c-program.ts';
import { makeMemoryCgroup } from './memory-cgroup.ts';
import { type PostgresVersion, postgresVersions } from './postgres-cluster.ts';
import { hasEnded } from './process-table.ts';
import { makeDirectories, makeScratch } from './scratch.ts';
import { openTerminal, programBelow, type Terminal } from './terminal.ts';
import { waitFor, waitForText } from './wait-for.ts';

/** Sessions that do what sessions do, all at once. */
export interface MixedMachine {
  /** Each session's home is a directory in here. */
  readonly homes: string;
  /** What the sessions' program is called. */
  readonly command: string;
  /** Which session every process belongs to that is known by its work. */
  readonly sessionOf: ReadonlyMap<number, string>;
  /** A process in the network, mount and pid namespaces that `dan` has made. */
  readonly contained: number;
  /** The file that `cy`'s build has locked. */
  readonly lockFile: string;
}

const NOBODY = 65534;
const CONNECTIONS = 8;

const SERVER = `
import http from 'node:http';
import fs from 'node:fs';
const server = http.createServer((_, response) => response.end('ok\\n'));
server.keepAliveTimeout = 300_000;
server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(process.argv[2] + '.part', server.address().port + ' ' + process.pid);
  fs.renameSync(process.argv[2] + '.part', process.argv[2]);
});
setTimeout(() => process.exit(), 300_000);
`;

const CLIENT = `
import http from 'node:http';
import fs from 'node:fs';
const [port, count, done] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 100, timeout: 300_000 });
const get = () => new Promise((resolve, reject) => {
  http.get({ port, host: '127.0.0.1', agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
});
await Promise.all(Array.from({ length: count }, get));
fs.writeFileSync(done + '.part', String(process.pid));
fs.renameSync(done + '.part', done);
setTimeout(() => process.exit(), 300_000);
`;

/**
 * Makes four sessions: `ada` has a database that has left her terminal, `bob` an HTTP server and a client of the
 * database, `cy` its clients and a build that holds a lock and one that waits for it, `dan` a server in namespaces of
 * its own.
 */
export async function makeMixedMachine(): Promise<MixedMachine> {
  const scratch = makeScratch();
  const command = `mix${globalThis.process.pid}`;
  const program = install('agent', `${scratch}/bin/${command}`);
  const [homes, work] = makeDirectories(scratch, 'homes', 'project');
  const startSession = (name: string) => openTerminal([program], { cwd: makeDirectories(homes, name)[0] });
  const [ada, bob, cy, dan] = [
    await startSession('ada'),
    await startSession('bob'),
    await startSession('cy'),
    await startSession('dan'),
  ];
  fs.writeFileSync(`${work}/server.mjs`, SERVER);
  fs.writeFileSync(`${work}/client.mjs`, CLIENT);
  const node = globalThis.process.execPath;

  const database = await startDatabase(ada, work);
  bob.type(`job ${database.bin}/psql -X -d ${database.url} -c 'select pg_sleep(300)'`);
  bob.type(`job ${node} ${work}/server.mjs ${work}/http`);
  const [port, server] = await words(`${work}/http`);
  cy.type(`job ${node} ${work}/client.mjs ${port} ${CONNECTIONS} ${work}/clients`);
  const [client] = await words(`${work}/clients`);
  const lockFile = `${work}/build.lock`;
  cy.type(
    `job flock ${lockFile} sh -c 'echo $PPID > ${work}/build.part; mv ${work}/build.part ${work}/build; exec sleep 300'`,
  );
  const [build] = await words(`${work}/build`);
  cy.type(`job flock ${lockFile} true`);
  const inner = `ip link set lo up; exec ${node} ${work}/server.mjs ${work}/inner`;
  dan.type(`job unshare -n -m -p -f --kill-child --mount-proc sh -c '${inner}'`);
  await words(`${work}/inner`);
  const contained = await programBelow(dan.pid, 'node');
  const client5432 = await programBelow(bob.pid, 'psql');

  const known: Readonly<Record<string, readonly (number | undefined)[]>> = {
    ada: [ada.pid, database.pid],
    bob: [bob.pid, server, client5432],
    cy: [cy.pid, client, build],
    dan: [dan.pid, contained],
  };
  const pairs = Object.entries(known).flatMap(([name, pids]) =>
    pids.map((pid): [number, string] => [Number(pid), name]),
  );
  return { homes, command, sessionOf: new Map(pairs), contained, lockFile };
}

/** A server that its session's agent starts as a daemon: its parent ends at once, and it has left the terminal. */
async function startDatabase(session: Terminal, work: string) {
  const { bin } = postgresVersions().at(-1) as PostgresVersion;
  const [place] = makeDirectories(work, 'database');
  fs.chownSync(place, NOBODY, NOBODY);
  const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
  const data = `${place}/data`;
  const surroundings = { cwd: place, stdio: 'ignore' as const };
  execFileSync('setpriv', [...asNobody, `${bin}/initdb`, '-D', data, '--auth=trust', '--no-sync'], surroundings);
  const port = await freePort();
  // As a scope for each pane or a container gives it: what has left the terminal for good is still in there.
  makeMemoryCgroup(1 << 30).add(session.pid);
  const settings = `-c fsync=off -c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${place}`;
  const start = `${bin}/pg_ctl -D ${data} -l ${place}/log -o '${settings}' -w start`;
  session.type(`job setpriv ${asNobody.join(' ')} ${start}`);
  const file = `${data}/postmaster.pid`;
  const pid = await waitFor('the database', () => {
    const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
    return lines[7]?.trim() === 'ready' ? Number(lines[0]) : null;
  });
  onTestFinished(async () => {
    globalThis.process.kill(pid, 'SIGQUIT');
    await waitFor('the end of the database', () => hasEnded(pid));
    // Its control group can be removed once it is empty.
    await session.hangUp();
  });
  return { bin, pid, url: `postgres://nobody@127.0.0.1:${port}/postgres` };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What a program has written about itself, once it has. */
async function words(file: string): Promise<number[]> {
  return (await waitForText(file)).split(' ').map(Number);
}
