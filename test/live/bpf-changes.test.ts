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

/** A millisecond, behind a line in which a row is made. */
function slowerBehind(file: string, line: string): readonly Change[] {
  const linger = `__attribute__((noinline)) int linger(u64 name)
{
	int i;

	for (i = 0; (name & 0xffffffffffffffULL) == 0x7265676e616863ULL && i < 4000; i++)
		bpf_ktime_get_boot_ns();
	return 0;
}

#define FIRST_PTS_MAJOR`;
  return [
    { file: 'terminal.h', from: '#define FIRST_PTS_MAJOR', to: linger },
    { file, from: line, to: `${line}	FORGET();\n${'	linger(*(u64 *)row->comm);\n'.repeat(10)}` },
  ];
}

/** Between its numbers and its terminal. */
const IN_THE_MIDDLE = slowerBehind('gather.h', '	gather_namespaces(row, anchor->nsproxy);\n');
/** Between what was typed and what was read of it. */
const BETWEEN_BYTES = slowerBehind('terminal.h', '		head = READ(struct n_tty_data, data, read_head);\n');

describe('a process that changes while it is told', { timeout: PATIENCE_MS }, () => {
  requires('cc', 'clang', 'root', 'iterators');

  async function start(kind: string, slower = IN_THE_MIDDLE) {
    const changer = spawn(compile('changer'), [kind], { stdio: 'pipe' });
    onTestFinished(() => void changer.kill('SIGKILL'));
    const pins = await pinIterators(buildOtherVersion(makeScratch(), ...slower), ['sessions']);
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

  it('has never more typed and not read than there was', async () => {
    const { pid, read } = await start('typed', BETWEEN_BYTES);
    const seen = { right: 0, absent: 0, wrong: new Set<bigint>() };
    await waitFor(
      'rows of all kinds',
      () => {
        const unread = read().find(({ numbers }) => numbers.pid === BigInt(pid))?.numbers.unread;
        if (unread === undefined) throw new Error('the process was left out');
        if (unread === null) seen.absent++;
        else if (unread > 1n) seen.wrong.add(unread);
        else seen.right++;
        return seen.wrong.size > 0 || (seen.right > 0 && seen.absent > 0);
      },
      PATIENCE_MS / 2,
    );
    expect([...seen.wrong]).toEqual([]);
  });
});
