import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { clockMs } from '../../test/storm/clock.ts';
import { COMMAND } from '../fleet.ts';
import { SoakDatabase } from './database.ts';
import { Host } from './host.ts';
import { Multiplexer } from './multiplexer.ts';
import { Truth } from './truth.ts';
import { Watcher } from './watcher.ts';

const HOSTS = ['red', 'green'] as const;
const SERVERS = ['t0', 't1', 't2', 't3'] as const;

/** All that a soak runs in: two hosts, the tmux servers and the watcher of each, and one Postgres for both. */
export interface World {
  readonly nowMs: () => number;
  readonly hosts: readonly Host[];
  readonly multiplexers: readonly Multiplexer[];
  /** Of each host in turn. */
  readonly watchers: readonly Watcher[];
  readonly database: SoakDatabase;
  readonly truth: Truth;
  /** Where sessions live: the same directories on both hosts. */
  readonly homes: string;
  /** The session's program, as two files. */
  readonly programs: readonly [string, string];
  /** The command, and what surrounds it on a host. */
  readonly plumb: readonly string[];
  readonly envOf: (host: string) => Readonly<Record<string, string>>;
  /** What happened and nobody had ordered: a fault of the soak, or of what it stands on. */
  readonly surprises: string[];
  readonly surprise: (what: string) => void;
}

/** Makes it all, on a stage that goes away with us. */
export async function makeWorld(stage: string): Promise<World> {
  // Postgres's own files are made where temporary ones go.
  globalThis.process.env['TMPDIR'] = stage;
  const surprises: string[] = [];
  const surprise = (what: string) => {
    surprises.push(`${(clockMs() / 1000).toFixed(3)} ${what}`);
    console.error(`surprise: ${what}`);
  };
  const homes = `${stage}/homes`;
  for (const it of [homes, `${stage}/one`, `${stage}/other`]) fs.mkdirSync(it);
  const programs = compile(stage);
  const truth = new Truth(`${stage}/truth`, surprise);
  await truth.listen();
  fs.writeFileSync(`${stage}/tmux.conf`, 'set -g remain-on-exit on\nset -g exit-empty off\nset -g base-index 0\n');
  const database = new SoakDatabase(stage);
  await database.start();
  database.create();
  const plumb = [globalThis.process.execPath, path.resolve('dist/plumb.cjs')];
  const hosts = await Promise.all(HOSTS.map((name) => Host.start(name)));
  for (const { name } of hosts) {
    database.addWatcher(name);
    fs.writeFileSync(configurationPath(stage, name), configuration(name, homes, database.url(name)));
  }
  for (const { name } of hosts) {
    execFileSync(
      plumb[0] ?? '',
      [plumb[1] ?? '', 'sync', '--init', '--apply', '--role', name, '--db', database.url()],
      {
        env: envOf(stage, name),
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  }
  database.addReaders();
  const place = { stage, env: envOf(stage, 'tmux') };
  const multiplexers = hosts.flatMap((host) => SERVERS.map((name) => new Multiplexer(host, name, place)));
  await Promise.all(multiplexers.map((it) => it.start()));
  const watchers = hosts.map((host) => new Watcher(host, { plumb, env: envOf(stage, host.name) }, surprise));
  const made = { nowMs: clockMs, hosts, multiplexers, watchers, database, truth, homes, programs, plumb };
  return { ...made, envOf: (host) => envOf(stage, host), surprises, surprise };
}

function envOf(stage: string, host: string): Record<string, string> {
  const PATH = globalThis.process.env['PATH'] ?? '';
  // Whoever starts us can mark all that we start.
  const marks = Object.entries(globalThis.process.env).filter(([name]) => name.startsWith('SOAK_'));
  const marked = Object.fromEntries(marks.map(([name, value]) => [name, value ?? '']));
  return { ...marked, PATH, HOME: stage, SHELL: '/bin/sh', PLUMBLINE_CONFIG: configurationPath(stage, host) };
}

function configurationPath(stage: string, host: string): string {
  return `${stage}/${host}.toml`;
}

function configuration(host: string, homes: string, url: string): string {
  return `homes = ["${homes}/*"]
commands = ["${COMMAND}"]
[host]
id = "${host}"
[registry]
url = "${url}"
`;
}

function compile(stage: string): [string, string] {
  const programs: [string, string] = [`${stage}/one/${COMMAND}`, `${stage}/other/${COMMAND}`];
  execFileSync('cc', ['-O2', '-static', '-o', programs[0], path.resolve('soak/native/soaker.c')]);
  fs.copyFileSync(programs[0], programs[1]);
  return programs;
}
