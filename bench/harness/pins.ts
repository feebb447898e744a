// The iterators, pinned for a benchmark and taken away again.
import { execFile, execFileSync } from 'node:child_process';
import proc from 'node:process';
import { promisify } from 'node:util';
import type { Workshop } from './workshop.ts';

const run = promisify(execFile);

/**
 * Runs a body while the iterators are pinned in a directory of its own.
 * @param group who may read them, as a number
 * @returns null where they cannot be pinned, which is said
 */
export async function withPins<T>(
  { plumb }: Workshop,
  group: number,
  body: (pins: string) => Promise<T>,
): Promise<T | null> {
  // Where the user of a server gets to, which the benchmark's own directory is not.
  const pins = `/run/plumbline-bench-${proc.pid}`;
  if (plumb === null) return null;
  try {
    await run(proc.execPath, [plumb, 'bpf', 'install', '--directory', pins, '--group', String(group)]);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    console.log(`\nthe iterator is not measured: ${said}`);
    return null;
  }
  // What is mounted outlives us, however we end.
  const endEarly = () => {
    execFileSync('umount', ['-l', pins]);
    proc.exit(143);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) proc.once(signal, endEarly);
  try {
    return await body(pins);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) proc.off(signal, endEarly);
    await run(proc.execPath, [plumb, 'bpf', 'remove', '--directory', pins]);
  }
}
