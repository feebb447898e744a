// What others list processes with, from Node and Python. None of them is needed: what is not installed is left out.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AskedChild } from './asked-child.ts';
import type { Contender } from './measure.ts';

export const PSUTIL = 'psutil (Python)';
export const SYSTEMINFORMATION = 'systeminformation';
export const PS_LIST = 'ps-list';

/** So many runs of one that takes seconds are enough. */
const ROUNDS = 3;

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

/** The contenders that are installed: npm's by NODE_PATH, psutil where `python3` finds it. */
export async function openPeers(): Promise<{ readonly contenders: readonly Contender[]; close(): Promise<void> }> {
  const contenders: Contender[] = [];
  const python = hasPsutil() ? new AskedChild(['python3', '-c', PYTHON]) : null;
  if (python) {
    // process_iter keeps what it knows of processes: the first time it knows nothing.
    await python.ask('');
    contenders.push({ name: PSUTIL, rounds: ROUNDS, run: () => python.ask('') });
  }
  const information = await load<{ processes(): Promise<{ list: readonly unknown[] }> }>(SYSTEMINFORMATION);
  if (information) {
    contenders.push(timed(SYSTEMINFORMATION, async () => (await information.processes()).list.length));
  }
  const list = await load<{ default(): Promise<readonly unknown[]> }>(PS_LIST);
  if (list) contenders.push(timed(PS_LIST, async () => (await list.default()).length));
  return { contenders, close: async () => void (await python?.close()) };
}

function timed(name: string, count: () => Promise<number>): Contender {
  const run = async () => {
    const start = performance.now();
    const found = await count();
    return { ms: performance.now() - start, peakBytes: 0, found };
  };
  return { name, rounds: ROUNDS, run };
}

function hasPsutil(): boolean {
  try {
    execFileSync('python3', ['-c', 'import psutil'], { stdio: 'ignore' });
    return true;
  } catch {
    return notInstalled(PSUTIL);
  }
}

async function load<T>(name: string): Promise<T | null> {
  try {
    const file = createRequire(path.resolve('package.json')).resolve(name);
    const loaded: T & { readonly default?: T } = await import(pathToFileURL(file).href);
    return name === SYSTEMINFORMATION ? (loaded.default ?? loaded) : loaded;
  } catch {
    notInstalled(name);
    return null;
  }
}

function notInstalled(name: string): false {
  console.log(`${name} is not installed: it is not measured`);
  return false;
}
