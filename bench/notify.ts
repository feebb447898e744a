// Commits that tell somebody are serialized across a database: how many a second that leaves.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { digits, type Table } from './harness/report.ts';
import { type BenchServer, connect } from './harness/server.ts';

const CLIENTS = [1, 4, 16];
const SECONDS = 3;

/** Commits of one small row, with and without a NOTIFY, by how many at once. */
export async function notifyTable(server: BenchServer): Promise<Table> {
  const url = server.cluster.createDatabase();
  const database = await connect(url);
  try {
    await database.script('create table told (id bigint generated always as identity, text text)');
  } finally {
    await database.close();
  }
  const rows: string[][] = [];
  for (const clients of CLIENTS) {
    const without = await commits(server, url, clients, '');
    const told = await commits(server, url, clients, `, pg_notify('plumbline', 'what a row says')`);
    rows.push([String(clients), digits(without), digits(told), digits(told / without)]);
  }
  return {
    title: 'Commits a second, with and without NOTIFY',
    head: ['connections', 'without', 'with', 'ratio'],
    rows,
    note: `pgbench, ${SECONDS} s each, fsync on, nobody listens. Where it waits for a disk, more connections do not help.`,
  };
}

async function commits(server: BenchServer, url: string, clients: number, told: string): Promise<number> {
  const script = path.join(server.cluster.directory, 'told.sql');
  fs.writeFileSync(
    script,
    `with row as (insert into told (text) values ('x') returning id) select id${told} from row;\n`,
  );
  const argv = ['-n', '-M', 'prepared', '-c', `${clients}`, '-j', '1', '-T', `${SECONDS}`, '-f', script, url];
  const done = await promisify(execFile)(path.join(server.bin, 'pgbench'), argv).catch(() => null);
  return Number(/^tps = ([\d.]+)/m.exec(done?.stdout ?? '')?.[1] ?? Number.NaN);
}
