import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import type { ObserveOptions } from '../../src/observe.ts';
import { undisturbed } from './undisturbed.ts';

/** A snapshot as JSON brings it: numbers of 64 bits and times are text. */
export type Told<T> = T extends bigint | Date
  ? string
  : T extends readonly (infer Item)[]
    ? Told<Item>[]
    : T extends object
      ? { [Key in keyof T]: Told<T[Key]> }
      : T;

/** What another process told, and how long its look took from start to end. */
export interface ToldSnapshot extends Told<Snapshot> {
  readonly tookMs: number;
}

const PATIENCE_MS = 30_000;
const ESBUILD = new URL('../../node_modules/.bin/esbuild', import.meta.url).pathname;

/** Bundles one of our programs into a file that every user may run with plain Node. */
export function bundle(scratch: string, entry: string, more: readonly string[] = []): string {
  const outfile = `${scratch}/${entry}.mjs`;
  const source = new URL(`./${entry}.ts`, import.meta.url).pathname;
  // By its command: the library keeps a child of its own, which the end of the test would take for a leftover.
  // What is loaded where it is called for, and is not in these looks.
  const external = ['--external:koffi', '--external:plumbline:*'];
  const form = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${outfile}`];
  const options = [...form, ...external, ...more];
  execFileSync(ESBUILD, [source, ...options]);
  return outfile;
}

/** The same for one that makes system calls: koffi finds its binary beside itself. */
export function bundleWithKoffi(scratch: string, entry: string, more: readonly string[] = []): string {
  fs.symlinkSync(new URL('../../node_modules', import.meta.url).pathname, `${scratch}/node_modules`);
  return bundle(scratch, entry, more);
}

/**
 * Runs observe() in a process of its own; again where a storm disturbed it, which is what another test file makes.
 * @param through the command that leads there: `['unshare', '-pf']`, `['setpriv', '--reuid', '3001']`
 */
export async function observeThrough(
  scratch: string,
  through: readonly string[],
  options: Pick<ObserveOptions, 'homes' | 'commands' | 'terminal' | 'explain' | 'panes' | 'claims' | 'source'>,
  patienceMs = PATIENCE_MS,
): Promise<ToldSnapshot> {
  const main = bundle(scratch, 'observe-main');
  const command = [...through, globalThis.process.execPath, main, JSON.stringify(options)];
  return undisturbed(['churn', 'unstable'], async () => {
    const begun = performance.now();
    const text = await output(command, patienceMs);
    return { ...(JSON.parse(text) as Told<Snapshot>), tookMs: performance.now() - begun };
  });
}

/**
 * Runs a program to its end and returns what it printed.
 * Where it hangs it is killed and left behind: one that waits for a dead file system may not even die.
 */
export async function output([file = '', ...argv]: readonly string[], patienceMs = PATIENCE_MS): Promise<string> {
  const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [text, complaint] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${file} did not end in ${patienceMs} ms`));
    }, patienceMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(text());
      else reject(new Error(`${file} ${argv.join(' ')} ended with ${code}: ${complaint()}`));
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
