import { describe, expect, it } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { bundle, output } from '../makers/observe-elsewhere.ts';
import { isKernelSince, requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import type { TornReads } from '../makers/torn-read-main.ts';

leavesNothingBehind();

describe('reading through a held directory', () => {
  requires('cc', 'root', 'pid namespaces');

  // Every pid namespace has a pid_max of its own since Linux 6.14; before that it is the whole machine's.
  const ways = isKernelSince(6, 14) ? ['pid_max', 'set_tid'] : ['set_tid'];

  it.each(ways)('never mixes two processes of one number (by %s), and reading by path does', async (way) => {
    const scratch = makeScratch();
    makeDirectories(scratch, 'pair-a', 'pair-b');
    const reader = [globalThis.process.execPath, bundle(scratch, 'torn-read-main'), scratch, compile('pid-reuse'), way];
    const text = await output(inPidNamespace(...reader), 40_000);
    const { naive, held } = JSON.parse(text) as TornReads;
    expect(held.mixed).toBe(0);
    expect(held.pairs).toBeGreaterThan(2000);
    // Were there nothing to be mixed up, the zero above would prove nothing.
    expect(naive.mixed).toBeGreaterThan(0);
  });
});
