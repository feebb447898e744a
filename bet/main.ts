// Lives through the bet, one run a seed, and tells how every system fared. bet/run.mjs has bundled it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endAll, endMembers } from './end-all.ts';
import { whatIsMissing } from './needs.ts';
import type { Lived } from './one-run.ts';
import { type BetOptions, readOptions, USAGE } from './options.ts';
import { plainReport, writeReport } from './report.ts';
import type { RunOrder } from './run-order.ts';
import { endOfStarter } from './starter.ts';
import { makeRunCgroups, type RunCgroups } from './world/cgroups.ts';

/** Runs the bet; the answer is the exit code. @param entries the directory of the bundled programs, which is removed */
export async function main(args: readonly string[], root: string, entries: string): Promise<number> {
  const options = asked(args);
  if (options === null) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const plumb = path.join(root, 'dist/plumb.cjs');
  const missing = whatIsMissing(plumb);
  for (const it of missing) console.error(`the bet needs ${it}`);
  if (missing.length > 0) return 2;
  const cgroups = makeRunCgroups(`plumbline-bet-${process.pid}-${randomBytes(3).toString('hex')}`);
  const letGo = guard(cgroups, entries);
  const ended = Promise.race([signalled(), endOfStarter()]);
  try {
    const runs = liveThroughAll(options, { cgroups, entries, plumb });
    const first = await Promise.race([runs, ended]);
    return typeof first === 'number' ? first : report(options, first, root);
  } finally {
    await letGo();
  }
}

function asked(args: readonly string[]): BetOptions | null {
  try {
    return readOptions(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return null;
  }
}

/** Somebody who clears up, also where we cannot any more. */
function guard({ roots }: RunCgroups, directory: string): () => Promise<void> {
  const words = [path.join(directory, 'guardian-main.mjs'), JSON.stringify({ roots, directory })];
  const guardian = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'inherit'], detached: true, cwd: '/' });
  guardian.stdin.on('error', () => {});
  return async () => {
    const exit = guardian.exitCode === null && guardian.signalCode === null ? once(guardian, 'exit') : null;
    guardian.stdin.end();
    await exit;
    // It has done it, unless something has ended it.
    await endAll(roots, directory);
  };
}

/** The exit code that a signal stands for, when one comes. */
function signalled(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => resolve(code));
    }
  });
}

type Place = Pick<RunOrder, 'cgroups' | 'entries' | 'plumb'>;

async function liveThroughAll(options: BetOptions, place: Place): Promise<readonly Lived[] | number> {
  const all: Lived[] = [];
  for (const seed of options.seeds) {
    const result = path.join(place.entries, `result-${seed}.json`);
    const order = { run: { seed, sessions: options.sessions, seconds: options.seconds }, ...place, result };
    const code = await runOne(order);
    // It has said why.
    if (code !== 0) return 1;
    await endMembers(place.cgroups.roots);
    fs.rmSync(path.join(place.entries, `run-${seed}`), { recursive: true, force: true });
    all.push(JSON.parse(fs.readFileSync(result, 'utf8')) as Lived);
    if (options.out === null) continue;
    fs.mkdirSync(options.out, { recursive: true });
    fs.copyFileSync(result, path.join(options.out, `seed-${seed}.json`));
  }
  return all;
}

/** In a session of its own: what a terminal sends to all in front of it is for us. */
async function runOne(order: RunOrder): Promise<number> {
  const entry = (name: string) => path.join(order.entries, `${name}.mjs`);
  const command = [process.execPath, entry('run-main'), JSON.stringify(order)];
  const words = [entry('init-main'), order.cgroups.everybody, ...command];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const [code, signal] = await once(child, 'exit');
  return code ?? (signal === null ? 1 : 128);
}

/** What all that says, for whoever has asked; and with `--docs` for whoever reads. */
function report({ docs, seeds, sessions, seconds }: BetOptions, all: readonly Lived[], root: string): number {
  const runs = all.map(({ result }) => result);
  console.log(plainReport(runs));
  if (!docs) return 0;
  const [cpu] = os.cpus();
  const command = `npm run bet -- --docs --seeds ${seeds.join(',')} --sessions ${sessions} --minutes ${seconds / 60}`;
  writeReport(path.join(root, 'docs'), runs, {
    date: new Date(),
    machine: `Node ${process.versions.node}, Linux ${os.release()}, ${os.cpus().length} × ${cpu?.model ?? 'unknown'}, load ${os.loadavg()[0]?.toFixed(1)} at the end`,
    command,
  });
  return 0;
}
