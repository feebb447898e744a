import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { CAN_PIN, pinIterators, readWhole, unpin, withIterators } from '../makers/iterators.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { buildOtherVersion, type Change } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { decodeBinary, SOUND } from '../makers/told.ts';

leavesNothingBehind();

/** What the mover has made: a process deep below x, which is never in b while the process is below it. */
interface Moved {
  readonly pid: number;
  readonly x: string;
  readonly b: string;
}

/** More time between low and what is above it, in which both are moved. */
const SLOWER: readonly Change[] = [
  {
    file: 'climb.h',
    from: '/* Up to the top of the mount',
    to: `__attribute__((noinline)) int linger(u32 depth)
{
	int i;

	for (i = 0; depth == 20 && i < 1000; i++)
		bpf_ktime_get_boot_ns();
	return 0;
}

/* Up to the top of the mount`,
  },
  { file: 'climb.h', from: '		dentry = above;\n', to: '		dentry = above;\n		linger(i);\n' },
];

/** The way is gone once, and believed. */
const ONCE: Change = {
  file: 'climb.h',
  from: 'return desk->trace == first && !desk->is_moving;',
  to: 'return first != 0;',
};

/** For what is sure to be seen, and may take a while where the machine is busy. */
const PATIENCE_MS = 20_000;

interface Seen {
  readonly sound: number;
  readonly unsound: number;
  readonly wrong: number;
}

/** Reads while directories are moved, and counts the ways that were told as sound, and those that never were. */
function watch(pin: string, { pid, x, b }: Moved, isEnough: (seen: Seen) => boolean) {
  const seen = { sound: 0, unsound: 0, wrong: 0 };
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end && !isEnough(seen)) {
    const row = decodeBinary(readWhole(pin), (told) => told === pid).rows[0];
    if (row === undefined) throw new Error('the process was left out');
    if ((row.verdict & SOUND) === 0) {
      seen.unsound++;
      continue;
    }
    seen.sound++;
    const at = row.levels.findIndex(({ ino }) => ino === BigInt(x));
    if (at !== -1 && row.levels[at + 1]?.ino === BigInt(b)) seen.wrong++;
  }
  return seen;
}

describe('a way upwards, told while directories are moved', () => {
  requires('cc', 'clang', 'root', 'iterators');
  const pins = withIterators(CAN_PIN, ['sessions']);

  async function startMover(scratch: string): Promise<Moved> {
    const mover = spawn(compile('mover'), [scratch], { stdio: 'pipe' });
    onTestFinished(() => void mover.kill('SIGKILL'));
    return readFacts<Moved>(mover);
  }

  async function pinChanged(scratch: string, changes: readonly Change[]) {
    const pinned = await pinIterators(buildOtherVersion(scratch, ...changes), ['sessions']);
    onTestFinished(() => unpin(pinned));
    return pinned;
  }

  it('is never one that mixes two moments', async () => {
    const moved = await startMover(makeScratch());
    const seen = watch(pins().sessions, moved, ({ sound }) => sound > 2000);
    expect(seen.wrong).toBe(0);
    expect(seen.sound).toBeGreaterThan(20);
  });

  it('is not told as sound where it takes long, and it would be if it were gone once only', async () => {
    const [scratch, other, third] = [makeScratch(), makeScratch(), makeScratch()];
    const moved = await startMover(scratch);
    const isEnough = ({ sound, unsound }: Seen) => sound > 500 && unsound > 500;
    const twice = watch((await pinChanged(other, SLOWER)).sessions, moved, isEnough);
    const once = watch((await pinChanged(third, [...SLOWER, ONCE])).sessions, moved, ({ wrong }) => wrong > 0);
    expect(twice.wrong).toBe(0);
    expect(once.wrong).toBeGreaterThan(0);
  });
});
