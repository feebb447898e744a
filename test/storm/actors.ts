import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import type { Random } from '../makers/random.ts';
import { type Act, type ActorOrder, COMMAND } from './act.ts';
import { clockMs } from './clock.ts';
import { stormText } from './texts.ts';

const ESBUILD = new URL('../../node_modules/.bin/esbuild', import.meta.url).pathname;
const MODULES = new URL('../../node_modules', import.meta.url).pathname;
const PLUMB = new URL('../../dist/plumb.cjs', import.meta.url).pathname;

/** Makes a program of its own of what acts: troubles are made here, and must come between at any time. */
export function bundleActor(scratch: string): string {
  const outfile = `${scratch}/actor-main.mjs`;
  const source = new URL('./actor-main.ts', import.meta.url).pathname;
  // Which no actor asks for: an iterator of one's own.
  const elsewhere = ['--external:koffi', '--external:plumbline:bpf-object'];
  const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', ...elsewhere];
  execFileSync(ESBUILD, [source, ...options, `--outfile=${outfile}`]);
  fs.symlinkSync(MODULES, `${scratch}/node_modules`);
  return outfile;
}

/** Runs one actor to its end; aborted, it ends with what it has begun. */
export async function runActor(program: string, order: ActorOrder, signal: AbortSignal): Promise<Act[]> {
  const child = spawn(globalThis.process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const acts: Act[] = [];
  for await (const line of readline.createInterface({ input: child.stdout })) acts.push(JSON.parse(line) as Act);
  const code = await ended;
  signal.removeEventListener('abort', stop);
  if (code !== 0) throw new Error(`an actor ended with ${code}: ${complaint}`);
  return acts;
}

/** Acts by the command, one at a time. */
export async function runCommands(
  { homes, acts, firstId }: ActorOrder,
  names: readonly string[],
  random: Random,
  signal: AbortSignal,
): Promise<Act[]> {
  const done: Act[] = [];
  for (let id = firstId; id < firstId + acts && !signal.aborted; id++) {
    done.push(await command(homes, random.pick(names), random, id));
  }
  return done;
}

async function command(homes: string, name: string, random: Random, id: number): Promise<Act> {
  const isSignal = random.chance(0.2);
  const isCooked = name.includes('cooked');
  const { text, typed, paste } = stormText(random, id, { mostBytes: 3000, paste: !isCooked });
  const flags = [...(isCooked ? ['--line-mode'] : []), ...(paste ? ['--paste'] : [])];
  const delays = ['--enter-delay', `${random.between(0, 30)}ms`, '--timeout', '1s'];
  const what = isSignal ? ['signal', name, 'USR1'] : ['nudge', ...flags, ...delays, '--', name, text];
  const [verb = '', ...rest] = what;
  const settings = ['--home', `${homes}/*`, '--command', COMMAND, '-o', 'json'];
  const lookMs = clockMs();
  const answer = await run([PLUMB, verb, ...settings, ...rest]);
  const common = { id, by: 'command' as const, kind: isSignal ? ('signal' as const) : ('nudge' as const), name };
  const at = { lookMs, fromMs: lookMs, toMs: clockMs() };
  const way = isSignal ? 'one' : 'auto';
  return { ...common, incarnation: null, ...at, way, typed: isSignal ? '' : typed, ...told(answer) };
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(words: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(globalThis.process.execPath, words, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

interface Wire {
  readonly outcome?: Act['outcome'];
  readonly typed?: string;
  readonly message?: string;
  readonly processes?: readonly { readonly pid: number; readonly start_time_ticks: string }[];
}

/** Exit codes are the command's answer; JSON says the rest. */
function told({ code, stdout, stderr }: Answer): Pick<Act, 'outcome' | 'reason' | 'message' | 'sentTo'> {
  const wire = (stdout === '' ? {} : JSON.parse(stdout)) as Wire;
  const sentTo = wire.processes?.map((it) => `${it.pid}.${it.start_time_ticks}`) ?? [];
  if (wire.outcome) {
    const reason = wire.outcome === 'uncertain' ? (wire.typed ?? '') : '';
    return { outcome: wire.outcome, reason, message: wire.message ?? '', sentTo };
  }
  const problem = /"code":\s*"(\w+)"/.exec(stderr)?.[1] ?? '';
  const outcome = code === 1 || code === 3 ? 'refused' : 'thrown';
  return { outcome, reason: problem, message: stderr.trim(), sentTo };
}
