import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { waitFor } from './wait-for.ts';

/** One Postgres that is installed here. */
export interface PostgresVersion {
  readonly major: number;
  readonly bin: string;
}

/** A server of the test's own: a throw-away cluster on a socket in a directory of its own. */
export interface PostgresServer {
  readonly socketDirectory: string;
  readonly port: number;
  /** A new, empty database, and its URL. */
  readonly createDatabase: () => string;
  /** Runs SQL as the superuser. */
  readonly psql: (sql: string, database?: string) => string;
  readonly url: (database: string, user?: string) => string;
  /** The server's own process. */
  readonly pid: () => number;
  /** Ends it as a power cut would, and waits for that. */
  readonly kill: () => Promise<void>;
  /** Starts it again, on the same data. */
  readonly start: () => Promise<void>;
  readonly directory: string;
}

/** Root may not run a server: this user, who has no rights anywhere, does. */
const NOBODY = 65534;
const SUPERUSER = 'plumbline_test';

/** Every major version here: `PGBIN_15=/usr/lib/postgresql/15/bin`, and Debian's directories. */
export function postgresVersions(): PostgresVersion[] {
  const found = new Map<number, string>();
  const debian = '/usr/lib/postgresql';
  for (const major of fs.existsSync(debian) ? fs.readdirSync(debian) : []) {
    if (fs.existsSync(`${debian}/${major}/bin/initdb`)) found.set(Number(major), `${debian}/${major}/bin`);
  }
  for (const [name, bin] of Object.entries(globalThis.process.env)) {
    const major = /^PGBIN_(\d+)$/.exec(name)?.[1];
    if (major !== undefined && bin) found.set(Number(major), bin);
  }
  return [...found].map(([major, bin]) => ({ major, bin })).sort((a, b) => a.major - b.major);
}

/** A cluster that can be started, killed and removed. */
export class Cluster implements PostgresServer {
  readonly directory: string;
  readonly socketDirectory: string;
  readonly port: number;
  readonly #bin: string;
  readonly #settings: readonly string[];
  readonly #through: readonly string[];
  #process: ChildProcess | undefined;
  #databases = 0;

  /** @param through the command that leads to the namespaces that it runs in */
  constructor(bin: string, settings: readonly string[], port = 5432, through: readonly string[] = []) {
    this.#bin = bin;
    this.#settings = settings;
    this.#through = through;
    this.port = port;
    // A short name: a socket's path has 107 bytes.
    this.directory = fs.mkdtempSync(`${os.tmpdir()}/pl-pg-`);
    this.socketDirectory = `${this.directory}/s`;
    fs.mkdirSync(this.socketDirectory);
    if (isRoot()) for (const path of [this.directory, this.socketDirectory]) fs.chownSync(path, NOBODY, NOBODY);
  }

  async start(): Promise<void> {
    const data = `${this.directory}/data`;
    if (!fs.existsSync(data)) {
      const options = ['--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C', `--username=${SUPERUSER}`];
      this.#run('initdb', ['-D', data, ...options]);
    }
    const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${this.socketDirectory}`];
    const flags = [...settings, `port=${this.port}`, ...this.#settings].flatMap((it) => ['-c', it]);
    const [program, argv] = asNobody(`${this.#bin}/postgres`, ['-D', data, ...flags]);
    const [file = program, ...all] = [...this.#through, program, ...argv];
    // What libpq looks for at home is not ours, which another user may not even enter.
    const env = { ...globalThis.process.env, HOME: this.directory };
    this.#process = spawn(file, all, { stdio: 'ignore', cwd: this.directory, env });
    await waitFor('the server', () => this.#isReady());
  }

  createDatabase(): string {
    const name = `test${++this.#databases}`;
    this.psql(`create database ${name}`);
    return this.url(name);
  }

  psql(sql: string, database = 'postgres'): string {
    const options = [
      '-X',
      '-A',
      '-t',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      this.socketDirectory,
      '-p',
      String(this.port),
    ];
    return this.#run('psql', [...options, '-U', SUPERUSER, '-d', database, '-c', sql]);
  }

  url(database: string, user = SUPERUSER): string {
    return `postgres://${user}@/${database}?host=${encodeURIComponent(this.socketDirectory)}&port=${this.port}`;
  }

  pid(): number {
    return Number(fs.readFileSync(`${this.directory}/data/postmaster.pid`, 'utf8').split('\n')[0]);
  }

  async kill(): Promise<void> {
    await this.#signal('SIGQUIT');
  }

  async end(): Promise<void> {
    await this.#signal('SIGINT');
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  async #signal(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  #isReady(): boolean {
    if (this.#process?.exitCode != null) throw new Error(`the server ended with ${this.#process.exitCode}`);
    try {
      // Another server can have its socket: this very program, which answers nobody while it waits here.
      this.psql('select 1', 'dbname=postgres connect_timeout=2');
      return true;
    } catch {
      // Not yet.
      return false;
    }
  }

  #run(program: string, argv: readonly string[]): string {
    const [file, all] = asNobody(`${this.#bin}/${program}`, argv);
    return execFileSync(file, all, { encoding: 'utf8', cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }
}

function isRoot(): boolean {
  return globalThis.process.getuid?.() === 0;
}

/** With us the server goes too, however we end. */
export function asNobody(program: string, argv: readonly string[]): [string, string[]] {
  const user = isRoot() ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  return ['setpriv', [...user, '--pdeathsig=QUIT', program, ...argv]];
}
