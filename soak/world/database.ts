import fs from 'node:fs';
import { Cluster, postgresVersions } from '../../test/makers/postgres-cluster.ts';
import { hasEnded } from '../../test/makers/process-table.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { clockMs } from '../../test/storm/clock.ts';

const DATABASE = 'fleet';

/** Who reads the rows, and who counts. */
export const READER = 'reader';
export const COUNTER = 'counter';

/** What each statement of a watcher took stands in the log, and when it ended. */
const LOG_PREFIX = '%n %u ';

/** The one Postgres of both hosts, on a socket: it can be restarted as one asks for it, and as a crash does. */
export class SoakDatabase {
  readonly version: string;
  readonly logPath: string;
  /** When it last came up, and how long it was away before. */
  upSinceMs = 0;
  awayMs = 0;
  isUp = false;
  readonly #cluster: Cluster;

  /** @param stage where its files go: the directory for temporary files must be there too */
  constructor(stage: string) {
    const newest = postgresVersions().at(-1);
    if (!newest) throw new Error('no Postgres is installed (Debian: postgresql)');
    const logs = `${stage}/pg-log`;
    fs.mkdirSync(logs);
    fs.chmodSync(logs, 0o777);
    this.logPath = `${logs}/log`;
    this.#cluster = new Cluster(newest.bin, [
      'logging_collector=on',
      `log_directory=${logs}`,
      'log_filename=log',
      'log_rotation_age=0',
      'log_rotation_size=0',
      'log_file_mode=0644',
      `log_line_prefix=${LOG_PREFIX}`,
      'log_checkpoints=off',
    ]);
    this.version = `Postgres ${newest.major}`;
  }

  async start(): Promise<void> {
    await this.#cluster.start();
    this.upSinceMs = clockMs();
    this.isUp = true;
  }

  /** Makes the database; `plumb sync --init` then makes its schema, and `admit` who may use it. */
  create(): void {
    this.psql(`create database ${DATABASE}`, 'postgres');
  }

  /** Makes a role whose statements are timed in the log. */
  addWatcher(role: string): void {
    this.psql(`create role ${role} login; alter role ${role} set log_min_duration_statement = 0`);
    this.psql(`alter role ${role} set log_parameter_max_length = 0`);
  }

  /** Those who look: nothing of this is plumbline's. */
  addReaders(): void {
    this.psql(`create role ${READER} login; grant usage on schema plumbline to ${READER};
      grant select on plumbline.live_sessions to ${READER}; create role ${COUNTER} login superuser`);
  }

  url(role?: string): string {
    return this.#cluster.url(DATABASE, role);
  }

  psql(sql: string, database = DATABASE): string {
    return this.#cluster.psql(sql, database);
  }

  /** Ends it: asked to, or as a crash does; it comes back after a while. */
  async restart(how: 'asked' | 'crash', awayMs: number): Promise<void> {
    const fromMs = clockMs();
    this.isUp = false;
    const pid = this.#cluster.pid();
    globalThis.process.kill(pid, how === 'crash' ? 'SIGQUIT' : 'SIGINT');
    await waitFor('the server to end', () => hasEnded(pid), 60_000);
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    await this.start();
    this.awayMs = clockMs() - fromMs;
  }
}
