/** A kernel that has no memory for who reads: nobody waits for it for ever. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPin } from '../../src/kernel/bpf/read-iterator.ts';
import { pinIterators, unpin } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { buildOtherVersion, type Change } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';

leavesNothingBehind();

/** Nobody gets a desk for certain processes, however often it is tried. */
const without = (which: string): Change => ({
  file: 'binary.h',
  from: '	if (!desk)\n		return TRY_AGAIN;',
  to: `	if (!desk || ${which})\n		return TRY_AGAIN;`,
});

const PATIENCE_MS = 60_000;

describe('a reading for which the kernel has no memory', { timeout: PATIENCE_MS }, () => {
  requires('root', 'iterators', 'clang');

  it.each([
    ['from some process on', without('meta->seq_num > 5')],
    ['from the first process on', without('1')],
  ])('ends without an answer, %s', async (_, change) => {
    const pins = await pinIterators(buildOtherVersion(makeScratch(), change), ['sessions']);
    onTestFinished(() => unpin(pins));
    const startedMs = performance.now();
    expect(readPin(pins.sessions)).toEqual({ kind: 'unsupported', errno: 'EAGAIN' });
    expect(performance.now() - startedMs).toBeLessThan(PATIENCE_MS / 2);
  });
});
