// What others list processes with, from Node and Python. None of them is needed: what is not installed is left out.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import proc from 'node:process';
import { pathToFileURL } from 'node:url';
import { AskedChild } from './asked-child.ts';
import type { Contender, Sample } from './measure.ts';

export const PSUTIL = 'psutil (Python)';
export const SYSTEMINFORMATION = 'systeminformation';
export const PS_LIST = 'ps-list';

/** So many runs of one that takes seconds are enough. */
const ROUNDS = 2;

/** Of what the relation tells, what psutil can: a process that ends meanwhile is left out. */
const PYTHON = `
import json, psutil, resource, sys, time
WANTED = ['pid', 'ppid', 'name', 'cmdline', 'exe', 'cwd', 'uids', 'create_time', 'cpu_times', 'memory_info',
          'num_threads', 'status', 'terminal']
for _ in sys.stdin:
    start = time.perf_counter()
    rows = [it.info for it in psutil.process_iter(WANTED)]
    ms = (time.perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({'ms': ms, 'peakBytes': peak, 'found': len(rows)}), flush=True)
`;

/** The same of a package of npm's: its file, and the function that lists. */
const NODE = `
import readline from 'node:readline';
const loaded = await import(process.argv[1]);
const list = loaded.processes ?? loaded.default.processes ?? loaded.default;
for await (const _ of readline.createInterface({ input: process.stdin })) {
  const start = performance.now();
  const answer = await list();
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, peakBytes: process.resourceUsage().maxRSS * 1024, found: (answer.list ?? answer).length }));
}
`;

/** The contenders that are installed: npm's by NODE_PATH, psutil where `python3` finds it. */
export async function openPeers(): Promise<{ readonly contenders: readonly Contender[]; close(): Promise<void> }> {
  const commands: [string, readonly string[] | null][] = [
    [PSUTIL, hasPsutil() ? ['python3', '-c', PYTHON] : null],
    [SYSTEMINFORMATION, nodeCommand('systeminformation')],
    [PS_LIST, nodeCommand('ps-list')],
  ];
  const children: AskedChild[] = [];
  const contenders = commands.flatMap(([name, command]) => {
    if (command === null) {
      console.log(`${name} is not installed: it is not measured`);
      return [];
    }
    const child = new AskedChild(command);
    children.push(child);
    return [{ name, rounds: ROUNDS, run: () => answerOf(child) }];
  });
  // What they keep from one time to the next they do not have the first time.
  for (const { run } of contenders) await run();
  return { contenders, close: async () => void (await Promise.all(children.map((child) => child.close()))) };
}

/** One that cannot list so many processes fails, and has no time. */
async function answerOf(child: AskedChild): Promise<Sample> {
  try {
    return await child.ask('');
  } catch {
    return { ms: Number.NaN, peakBytes: 0, found: null };
  }
}

function nodeCommand(name: string): readonly string[] | null {
  try {
    const file = createRequire(path.resolve('package.json')).resolve(name);
    return [proc.execPath, '--input-type=module', '-e', NODE, pathToFileURL(file).href];
  } catch {
    return null;
  }
}

function hasPsutil(): boolean {
  try {
    execFileSync('python3', ['-c', 'import psutil'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
