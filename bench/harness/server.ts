// A Postgres of the benchmark's own, and what it has cost.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Database } from '../../src/registry/database.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import { Cluster, postgresVersions } from '../../test/makers/postgres-cluster.ts';

/** The newest Postgres that is installed here, running. */
export interface BenchServer {
  readonly cluster: Cluster;
  /** Where its programs are. */
  readonly bin: string;
  readonly major: number;
}

/** Runs a body with a server of its own that ends with it; null where none is installed. */
export async function withServer<T>(
  settings: readonly string[],
  body: (server: BenchServer) => Promise<T>,
): Promise<T | null> {
  const version = postgresVersions().at(-1);
  if (!version) return null;
  const cluster = new Cluster(version.bin, settings);
  try {
    await cluster.start();
    return await body({ cluster, bin: version.bin, major: version.major });
  } finally {
    await cluster.end();
  }
}

/** Opens a connection, as the registry does. */
export function connect(url: string): Promise<Database> {
  return openPostgres(url, {});
}

/** What a stretch of work has cost a server. */
export interface ServerCost {
  readonly walBytes: number;
  /** Where in the WAL it stands, for `pageBytes`. */
  readonly wal: { readonly from: string; readonly to: string };
  /** Committed transactions, those that only read too. */
  readonly transactions: number;
  /** Transactions that wrote: they have a number. */
  readonly writingTransactions: number;
  /** Of all its processes. */
  readonly cpuSeconds: number;
}

/** Measures what the body costs. The server must be idle otherwise, since its counters are of everybody. */
export async function costOf(
  { cluster }: BenchServer,
  database: Database,
  body: () => Promise<void>,
): Promise<ServerCost> {
  const before = await readCounters(database);
  const ticks = serverTicks(cluster.pid());
  await body();
  const after = await readCounters(database);
  return {
    walBytes: after.bytes - before.bytes,
    wal: { from: before.lsn, to: after.lsn },
    transactions: after.commits - before.commits,
    writingTransactions: after.xid - before.xid,
    cpuSeconds: (serverTicks(cluster.pid()) - ticks) / TICKS_A_SECOND,
  };
}

const STATISTICS_MS = 1100;

/** USER_HZ: 100 on every architecture that Node runs on. */
export const TICKS_A_SECOND = 100;

/** The ticks of all processes of a server, those that have ended too. */
export function serverTicks(pid: number): number {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const [own, ofEnded] = ticksOf(pid);
  return children.reduce((sum, child) => sum + ticksOf(Number(child))[0], own + ofEnded);
}

/** The ticks of the whole machine, but for those in which it did nothing. */
export function busyTicks(): number {
  const line = /^cpu +(.*)$/m.exec(fs.readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] = line.split(' ').map(Number);
  return user + nice + system + interrupts + soft + stolen;
}

function ticksOf(pid: number): readonly [number, number] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields 14 to 17: utime, stime, and both of the children that were waited for.
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return [user + system, childUser + childSystem];
  } catch {
    // It has ended meanwhile, and counts among its parent's.
    return [0, 0];
  }
}

/**
 * How much of a stretch of WAL is whole pages: each page that changes for the first time after a checkpoint is one, so
 * that a torn write can be mended. NaN where pg_waldump is not there; `wal_keep_size` has to keep the stretch.
 */
export async function pageBytes({ bin, cluster }: BenchServer, { wal }: ServerCost): Promise<number> {
  const range = ['-s', wal.from, '-e', wal.to, '-p', `${cluster.directory}/data/pg_wal`];
  const done = await promisify(execFile)(`${bin}/pg_waldump`, ['--stats=rmgr', ...range]).catch((error) => error);
  // It counts, and then fails where the end has not been written out yet.
  // Total   127   9014 [2.53%]   347952 [97.47%]   356966 [100%]
  const sizes = /^Total\s+\d+\s+\d+ \[[^\]]*\]\s+(\d+) /m.exec(done.stdout ?? '');
  return Number(sizes?.[1] ?? Number.NaN);
}

interface Counters {
  readonly lsn: string;
  readonly bytes: number;
  readonly commits: number;
  readonly xid: number;
}

async function readCounters(database: Database): Promise<Counters> {
  // A connection tells its statistics at most once a second, after a transaction.
  await new Promise((resolve) => setTimeout(resolve, STATISTICS_MS));
  await database.query('select 1');
  const { rows } = await database.query(`select lsn, lsn - '0/0' as bytes,
    (select sum(xact_commit) from pg_stat_database) as commits, pg_snapshot_xmax(pg_current_snapshot()) as xid
    from pg_current_wal_insert_lsn() lsn`);
  const [row] = rows;
  const number = (name: string) => Number(row?.[name]);
  return { lsn: row?.['lsn'] ?? '', bytes: number('bytes'), commits: number('commits'), xid: number('xid') };
}
