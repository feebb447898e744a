import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Arena } from '../world/contract.ts';
import type { CpuMeter } from './cpu-meter.ts';
import { Keeper } from './keeper.ts';

/** The roles of the two that ask the database of the run. */
export const SYNC_ROLE = 'plumb_sync';
export const FDW_ROLE = 'plumb_fdw';

/** What of an arena it takes to run plumb there. */
export type PlumbPlace = Pick<Arena, 'scratch' | 'homes' | 'command' | 'plumb' | 'database'>;

/** The configuration of all of plumbline's systems; which file it is. */
export function writeConfig({ scratch, homes, command }: PlumbPlace): string {
  const file = path.join(scratch, 'plumbline.toml');
  const lines = [`homes = [${JSON.stringify(`${homes}/*`)}]`, `commands = [${JSON.stringify(command)}]`];
  // An agent that has lost its terminal lives: to be told so, its users say that it needs none.
  fs.writeFileSync(file, `${[...lines, 'terminal = "optional"'].join('\n')}\n`);
  return file;
}

/**
 * The registry, and the watch that keeps it.
 *
 * The best that its users run: a service as packaged, with its usual interval of one second; the schema is its own
 * role's, as in a database that was given to it.
 */
export async function startWatch(place: PlumbPlace, config: string, meter: CpuMeter): Promise<Keeper> {
  const url = place.database.url(SYNC_ROLE);
  await asAdmin(place, async (admin) => {
    await admin.query(`create role ${SYNC_ROLE} login`);
    await admin.query(`grant create on database ${admin.database} to ${SYNC_ROLE}`);
  });
  await plumb(place, config, ['sync', '--init', '--apply', '--db', url]);
  return new Keeper({
    words: [place.plumb, 'sync', '--watch', '--db', url],
    env: { PLUMBLINE_CONFIG: config },
    log: path.join(place.scratch, 'plumb-watch.log'),
    meter,
  });
}

/** An endpoint, and the directory of its socket. */
export interface Endpoint {
  readonly keeper: Keeper;
  readonly directory: string;
}

/**
 * The live tables as a server.
 *
 * The best that its users run: a service on the machine itself, reached by a socket in a directory, without passwords.
 */
export async function startServe(
  place: PlumbPlace,
  config: string,
  { name, meter, users = [] }: { readonly name: string; readonly meter: CpuMeter; readonly users?: readonly string[] },
): Promise<Endpoint> {
  const directory = path.join(place.scratch, name);
  fs.mkdirSync(directory);
  // Postgres runs as another user, and connects to it too.
  fs.chmodSync(directory, 0o755);
  const keeper = new Keeper({
    words: [place.plumb, 'serve', '--pg', directory, ...users.flatMap((user) => ['--allow-user', user])],
    env: { PLUMBLINE_CONFIG: config },
    log: path.join(place.scratch, `${name}.log`),
    meter,
  });
  await until('plumb serve to listen', () => fs.readdirSync(directory).some((file) => file.startsWith('.s.PGSQL')));
  return { keeper, directory };
}

/** An endpoint as drivers name it. */
export function endpointUrl({ directory }: Endpoint): string {
  return `postgres://reader@/plumbline?host=${encodeURIComponent(directory)}`;
}

/**
 * The live tables inside the run's own Postgres.
 *
 * The best that its users run: by `postgres_fdw` (`--via wire`), with an endpoint on the same machine, for one role.
 */
export async function startForeignTables(place: PlumbPlace, config: string, meter: CpuMeter): Promise<Endpoint> {
  await asAdmin(place, (admin) => admin.query(`create role ${FDW_ROLE} login`));
  const server = place.database.serverPid();
  if (server === null) throw new Error('the database is down before the run has begun');
  const users = [String(fs.statSync(`/proc/${server}`).uid)];
  const endpoint = await startServe(place, config, { name: 'fdw', meter, users });
  const into = ['--db', place.database.adminUrl, '--apply', '--grant', FDW_ROLE];
  await plumb(place, config, ['fdw', 'install', '--via', 'wire', '--endpoint', endpoint.directory, ...into]);
  return endpoint;
}

async function plumb({ plumb }: PlumbPlace, config: string, words: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [plumb, ...words], { env: { ...process.env, PLUMBLINE_CONFIG: config } });
}

async function asAdmin<T>({ database }: PlumbPlace, body: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(database.adminUrl.replace('@/', '@localhost/'));
  await admin.connect();
  try {
    return await body(admin);
  } finally {
    await admin.end();
  }
}

const PATIENCE_MS = 30_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited for ${what} in vain`);
    await sleep(20);
  }
}
