import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** A plumb that runs until it is told to end: `sync --watch`, `serve`. */
export interface Watcher {
  readonly pid: number;
  /** The lines it has written so far. */
  readonly lines: () => readonly string[];
  readonly notes: () => readonly string[];
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Waits for its end. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts it, until the test has finished. */
export function startWatcher(
  [program, ...argv]: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Watcher {
  const child: ChildProcess = spawn(program, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (data: string) => {
      texts[name] += data;
    });
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const linesOf = (text: string) => text.split('\n').slice(0, -1);
  return {
    pid: child.pid ?? 0,
    lines: () => linesOf(texts.stdout),
    notes: () => linesOf(texts.stderr),
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** Waits until it has said something on stderr. */
export function noted(watcher: Watcher, words: string): Promise<string> {
  return waitFor(`it to say ${words}`, () => watcher.notes().find((line) => line.includes(words)));
}

/** Whether a process has a handler for a signal. */
export function catches(pid: number, signal: 'SIGINT'): boolean {
  const number = { SIGINT: 2n }[signal];
  const [, mask = '0'] = /^SigCgt:\s*(\w+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & (1n << (number - 1n))) !== 0n;
}
