import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { COMMAND } from './workshop.ts';

/** A `plumb serve` of the benchmark's own. */
export interface BenchEndpoint {
  /** Where its socket is. */
  readonly directory: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts it over a population. It listens soon after; whoever connects first waits for that. */
export function startEndpoint(plumb: string, homes: string): BenchEndpoint {
  // The server of a real Postgres, which runs as another user, connects to it too.
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'plumbline-run-'));
  fs.chmodSync(directory, 0o755);
  const flags = ['--home', `${homes}/*`, '--command', COMMAND, '--allow-user', '65534'];
  // With us it goes too, however we end; its number is that of the program that it becomes.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', proc.execPath, plumb, 'serve', '--pg', directory, ...flags], {
    stdio: 'ignore',
    env: { ...proc.env, PLUMBLINE_CONFIG: '/dev/null' },
  });
  const ended = once(child, 'exit');
  return {
    directory,
    pid: child.pid ?? 0,
    async close() {
      if (!isOver(child)) child.kill('SIGTERM');
      await ended;
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

const PATIENCE_MS = 20_000;

/** Connects a client that leaves values as the text that they came as; again and again, until the server listens. */
export async function connectClient(place: pg.ClientConfig): Promise<pg.Client> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const types = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;
    const client = new pg.Client({ ...place, types });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(2);
    }
  }
}

/** What a process has in memory. */
export function rssBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
