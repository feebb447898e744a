import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { Cluster, postgresVersions } from '../../test/makers/postgres-cluster.ts';
import { type Pane, startTmux, type TmuxServer } from '../../test/makers/tmux.ts';
import { AGENT_ROLES, type Arena } from '../world/contract.ts';
import { agentTableDdl } from './agent-tables.ts';

/** The program of the test's sessions: it waits, and becomes a shell when it is told to. */
const AGENT = `const stays = process.argv[3] === 'stays';
process.on('SIGHUP', () => stays || process.exit(0));
process.on('SIGUSR2', () => {
  const koffi = require('koffi');
  const libc = koffi.load('libc.so.6');
  for (const fd of [0, 1, 2]) libc.func('int fcntl(int, int, int)')(fd, 4, 0);
  libc.func('int execv(const char *, char **)')('/bin/sh', ['sh', null]);
});
process.stdin.on('error', () => {}).on('data', () => {});
setInterval(() => {}, 1000);
`;

/** A little world of a test's own: a database, a tmux server, sessions in it. */
export interface TestArena {
  readonly arena: Arena;
  readonly cluster: Cluster;
  readonly tmux: TmuxServer;
  /** Starts a session in a pane of its own, named as the systems want it. */
  readonly open: (session: string, ...words: readonly string[]) => Pane;
  readonly admin: (sql: string) => Promise<pg.QueryResult>;
}

const ROOT = path.join(import.meta.dirname, '../..');
const SOCKET = 'bet-a';

/** Makes it; all of it ends with the test. */
export async function makeArena(sessions: readonly string[]): Promise<TestArena> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pl-bet-'));
  onTestFinished(() => fs.rmSync(scratch, { recursive: true, force: true }));
  fs.chmodSync(scratch, 0o755);
  for (const name of ['homes', 'pid']) fs.mkdirSync(path.join(scratch, name));
  for (const session of sessions) fs.mkdirSync(path.join(scratch, 'homes', session));
  const program = path.join(scratch, 'bet-agent');
  fs.writeFileSync(program, AGENT);
  bundle(scratch);
  const cluster = await startCluster();
  const tmux = await startTmux(scratch, { socket: ['-L', SOCKET] });
  tmux.run('set-option', '-g', 'exit-empty', 'off');
  const open = (session: string, ...words: readonly string[]) => {
    const id = tmux.run(
      ...['new-session', '-d', '-P', '-F', '#{pane_id}', '-s', `${SOCKET}-${session}`],
      ...['-c', path.join(scratch, 'homes', session), process.execPath, program, session, ...words],
    );
    tmux.run('set-option', '-p', '-t', id, '@session', session);
    const show = (format: string) => tmux.run('display-message', '-p', '-t', id, format);
    return {
      id,
      pid: () => Number(show('#{pane_pid}')),
      terminal: () => show('#{pane_tty}').slice('/dev/'.length),
      type: (line: string) => {
        tmux.run('send-keys', '-t', id, '-l', line);
        tmux.run('send-keys', '-t', id, 'Enter');
      },
      respawn: () => {
        tmux.run('respawn-pane', '-k', '-t', id);
      },
    };
  };
  const { admin, arena } = await databaseOf(cluster, scratch, sessions);
  return { arena, cluster, tmux, open, admin };
}

async function startCluster(): Promise<Cluster> {
  const version = postgresVersions().at(-1);
  if (!version) throw new Error('no Postgres is installed');
  const cluster = new Cluster(version.bin, ['shared_preload_libraries=pg_stat_statements']);
  onTestFinished(() => cluster.end());
  await cluster.start();
  return cluster;
}

async function databaseOf(cluster: Cluster, scratch: string, sessions: readonly string[]) {
  const adminUrl = cluster.createDatabase();
  const database = /@\/(\w+)\?/.exec(adminUrl)?.[1] ?? '';
  const query = async (url: string, sql: string) => {
    const client = new pg.Client(url.replace('@/', '@localhost/'));
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  for (const role of AGENT_ROLES) {
    await query(adminUrl, `create role ${role} login; grant create on schema public to ${role}`);
    await query(cluster.url(database, role), agentTableDdl(role));
  }
  const { socketDirectory, port } = cluster;
  const serverPid = () => {
    try {
      return cluster.pid();
    } catch {
      return null;
    }
  };
  const arena: Arena = {
    options: { seed: 1, sessions: sessions.length, seconds: 60 },
    sessions,
    host: os.hostname(),
    scratch,
    homes: path.join(scratch, 'homes'),
    command: 'bet-agent',
    plumb: path.join(ROOT, 'dist/plumb.cjs'),
    entries: scratch,
    tmux: { directory: scratch, sockets: [SOCKET] },
    database: { url: (role) => cluster.url(database, role), adminUrl, socketDirectory, port, serverPid },
    pidFile: (session) => path.join(scratch, 'pid', `${session}.pid`),
    beatCpuSeconds: () => 0,
    pidFileCpuSeconds: () => 0,
  };
  return { arena, admin: (sql: string) => query(adminUrl, sql) };
}

function bundle(directory: string): void {
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  const entries = ['reader-main', 'sweeper-main'].map((name) => path.join(import.meta.dirname, `${name}.ts`));
  const elsewhere = ['koffi', 'pg', 'plumbline:*'].map((name) => `--external:${name}`);
  const options = ['--bundle', '--platform=node', '--format=esm', '--out-extension:.js=.mjs', '--log-level=error'];
  const words = [...entries, ...options, ...elsewhere, '--loader:.sql=text', `--outdir=${directory}`];
  execFileSync(path.join(ROOT, 'node_modules/.bin/esbuild'), words);
}
