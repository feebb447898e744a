import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { asNobody } from '../../test/makers/postgres-cluster.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { agentTableDdl } from '../systems/agent-tables.ts';
import { AGENT_ROLES, type ArenaDatabase } from './contract.ts';

const run = promisify(execFile);
const SUPERUSER = 'plumbline_bet';
const DATABASE = 'fleet';
const PORT = 5432;
/** Root may not run a server: this user does. */
const NOBODY = 65534;

/** The Postgres of one run: a throw-away cluster, in which every system has a role of its own. Nothing here waits in the way of the event loop: meanwhile others die. */
export class BetDatabase implements ArenaDatabase {
  readonly socketDirectory: string;
  readonly port = PORT;
  readonly database = DATABASE;
  readonly #bin: string;
  readonly #directory: string;
  #server: ChildProcess | null = null;

  /** @param directory a new one, of this run's own */
  constructor(bin: string, directory: string) {
    this.#bin = bin;
    this.#directory = directory;
    this.socketDirectory = path.join(directory, 's');
    fs.mkdirSync(this.socketDirectory, { recursive: true });
    for (const it of [directory, this.socketDirectory]) fs.chownSync(it, NOBODY, NOBODY);
  }

  get adminUrl(): string {
    return this.url(SUPERUSER);
  }

  url(role: string): string {
    return `postgres://${role}@/${DATABASE}?host=${encodeURIComponent(this.socketDirectory)}&port=${PORT}`;
  }

  serverPid(): number | null {
    return this.#server?.pid ?? null;
  }

  /** Makes the cluster, the database, and the agents' tables. */
  async make(): Promise<void> {
    const options = ['--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C', `--username=${SUPERUSER}`];
    const [file, words] = asNobody(`${this.#bin}/initdb`, ['-D', this.#data, ...options]);
    await run(file, words, { cwd: this.#directory });
    await this.start();
    await this.#query('postgres', SUPERUSER, `create database ${DATABASE}`);
    await this.#query(DATABASE, SUPERUSER, 'create extension pg_stat_statements');
    for (const role of AGENT_ROLES) {
      await this.#query(DATABASE, SUPERUSER, `create role ${role} login; grant create on schema public to ${role}`);
      await this.#query(DATABASE, role, agentTableDdl(role));
    }
  }

  async start(): Promise<void> {
    const settings = [
      ...['fsync=off', 'listen_addresses=', `unix_socket_directories=${this.socketDirectory}`, `port=${PORT}`],
      ...['shared_preload_libraries=pg_stat_statements', 'max_connections=300'],
      // A name in /dev/shm would stay where the run is killed.
      'dynamic_shared_memory_type=sysv',
    ];
    const flags = settings.flatMap((it) => ['-c', it]);
    const [file, words] = asNobody(`${this.#bin}/postgres`, ['-D', this.#data, ...flags]);
    // Its shared memory goes with it, however it ends.
    const own = ['--ipc', file, ...words];
    // What libpq looks for at home is not ours, which another user may not even enter.
    const env = { ...process.env, HOME: this.#directory };
    const log = fs.openSync(path.join(this.#directory, 'log'), 'a');
    const server = spawn('unshare', own, { stdio: ['ignore', log, log], cwd: this.#directory, env });
    fs.closeSync(log);
    await waitFor('the database', async () => {
      if (server.exitCode !== null) throw new Error(`Postgres ended with ${server.exitCode}: ${this.#directory}/log`);
      return this.answers();
    });
    this.#server = server;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === null) throw new Error('the database does not run');
    this.#server = null;
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
  }

  async answers(): Promise<boolean> {
    try {
      await this.#query('postgres', SUPERUSER, 'select 1');
      return true;
    } catch {
      return false;
    }
  }

  get #data(): string {
    return path.join(this.#directory, 'data');
  }

  async #query(database: string, user: string, text: string): Promise<void> {
    const client = new pg.Client({ host: this.socketDirectory, port: PORT, database, user, query_timeout: 20_000 });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }
}
