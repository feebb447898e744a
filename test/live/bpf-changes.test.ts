/** What changes of a process while its row is made: the row is not told as sound, since it would be of two moments. */
import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { pinIterators, readWhole, unpin } from '../makers/iterators.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { buildOtherVersion, type Change } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { decodeBinary, SOUND, type Told } from '../makers/told.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const PATIENCE_MS = 120_000;

/** Begins so: what is compiled has more behind it. */
const COMM = Buffer.from('changer').toString('hex');

/** A millisecond in the middle of a row: between its numbers and its terminal. */
const SLOWER: readonly Change[] = [
  {
    file: 'gather.h',
    from: 'INLINE void gather(',
    to: `__attribute__((noinline)) int linger(u64 name)
{
	int i;

	for (i = 0; (name & 0xffffffffffffffULL) == 0x7265676e616863ULL && i < 4000; i++)
		bpf_ktime_get_boot_ns();
	return 0;
}

INLINE void gather(`,
  },
  {
    file: 'gather.h',
    from: '	gather_namespaces(row, anchor->nsproxy);\n',
    to: `	gather_namespaces(row, anchor->nsproxy);\n	FORGET();\n${'	linger(*(u64 *)row->comm);\n'.repeat(10)}`,
  },
];

describe('a process that changes while it is told', { timeout: PATIENCE_MS }, () => {
  requires('cc', 'clang', 'root', 'iterators');

  async function start(kind: string) {
    const changer = spawn(compile('changer'), [kind], { stdio: 'pipe' });
    onTestFinished(() => void changer.kill('SIGKILL'));
    const pins = await pinIterators(buildOtherVersion(makeScratch(), ...SLOWER), ['sessions']);
    onTestFinished(() => unpin(pins));
    const facts = await readFacts<{ pid: number; sid: number }>(changer);
    return {
      ...facts,
      read: () => decodeBinary(readWhole(pins.sessions)).rows.filter(({ comm }) => comm.startsWith(COMM)),
    };
  }

  const isSound = ({ verdict }: Told) => (verdict & SOUND) !== 0;

  it.each(['foreground', 'group', 'namespace'])('is not told as sound: %s', async (kind) => {
    const { pid, read } = await start(kind);
    await waitFor(
      'a row in which it changed',
      () => {
        const row = read().find(({ numbers }) => numbers.pid === BigInt(pid));
        if (row === undefined) throw new Error('the process was left out');
        return !isSound(row);
      },
      PATIENCE_MS / 2,
    );
  });

  it('is never told as in a session that it has left, without the terminal that it had there', async () => {
    const { sid, read } = await start('session');
    const seen = { before: 0, after: 0, between: 0, unsound: 0 };
    await waitFor(
      'rows of all kinds',
      () => {
        for (const row of read()) {
          const isIn = row.numbers.sid === BigInt(sid);
          if (row.numbers.exit_state !== 0n) continue;
          if (!isSound(row)) seen.unsound++;
          else if (isIn && row.numbers.tty_nr === 0n) seen.between++;
          else seen[isIn ? 'before' : 'after']++;
        }
        return seen.between > 0 || (seen.unsound > 0 && seen.before > 0 && seen.after > 0);
      },
      PATIENCE_MS / 2,
    );
    expect(seen.between).toBe(0);
  });
});
