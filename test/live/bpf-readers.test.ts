import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { CAN_PIN, pinIterators, unpin, withIterators } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { buildOtherVersion, type Change } from '../makers/pins.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** What a reader has seen: see test/makers/c/iterator-reader.c. */
interface Seen {
  readonly readings: number;
  readonly pairs: number;
  readonly mixed: number;
  readonly unsound: number;
  readonly without: number;
  readonly twice: number;
  readonly missing: number;
  readonly uncounted: number;
}

const SITTERS = 300;

/** One desk for all readers: what a buffer that is shared would do. */
const SHARED_DESK: readonly Change[] = [
  { file: 'desk.h', from: 'int (*type)[BPF_MAP_TYPE_TASK_STORAGE];', to: 'int (*type)[2];' },
  { file: 'desk.h', from: 'int (*map_flags)[BPF_F_NO_PREALLOC];', to: 'int (*max_entries)[1];' },
  {
    file: 'desk.h',
    from: 'return bpf_task_storage_get(&desks, reader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);',
    to: 'int key = 0; (void)reader; return bpf_map_lookup_elem(&desks, &key);',
  },
];

/** Processes in directories of their own, and which is where: a line "pid inode" for each. */
async function seatSitters(): Promise<string> {
  const [directory] = makeDirectories(makeScratch(), 'seats');
  const maker = spawn(compile('sitters'), [directory, String(SITTERS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void maker.kill('SIGKILL'));
  let text = '';
  maker.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await waitFor('the sitters', () => text.endsWith('\n\n'));
  return text;
}

function startReader(pin: string, form: string, way: string, seconds: number, known: string): ChildProcess {
  const reader = spawn(compile('iterator-reader'), [pin, form, way, String(seconds)], { stdio: 'pipe' });
  reader.stdin?.end(known);
  return reader;
}

/** What it prints, or its complaint. */
async function endOf(reader: ChildProcess): Promise<Seen | string> {
  const said = { out: '', err: '' };
  reader.stdout?.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  reader.stderr?.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  await once(reader, 'close');
  return said.err === '' ? (JSON.parse(said.out) as Seen) : said.err;
}

/** Nothing was mixed up, left out, told twice or doubted, and there was much of it. */
const RIGHT = { mixed: 0, unsound: 0, without: 0, twice: 0, missing: 0, uncounted: 0 };

describe('readers of one iterator at the same time', () => {
  requires('cc', 'clang', 'root', 'iterators');
  const pins = withIterators(CAN_PIN);

  it.each(['binary', 'text'] as const)('get rows that are right, four of them, in the %s form', async (form) => {
    const known = await seatSitters();
    const pin = form === 'text' ? pins().sessionsText : pins().sessions;
    const ways = ['whole', 'pieces', 'turns', 'leaving'];
    const seen = await Promise.all(ways.map((way) => endOf(startReader(pin, form, way, 2, known))));
    for (const one of seen) expect(one).toMatchObject(RIGHT);
    const pairs = seen.map((one) => (typeof one === 'string' ? 0 : one.pairs));
    expect(Math.min(...pairs)).toBeGreaterThan(2 * SITTERS);
  });

  it('would be mixed up if they shared their memory', { retry: 2 }, async () => {
    const pinned = await pinIterators(buildOtherVersion(makeScratch(), ...SHARED_DESK), ['sessions']);
    onTestFinished(() => unpin(pinned));
    const known = await seatSitters();
    const readers = [1, 2, 3, 4].map(() => endOf(startReader(pinned.sessions, 'binary', 'whole', 2, known)));
    const isRight = (one: Seen | string) => typeof one !== 'string' && one.mixed === 0;
    expect((await Promise.all(readers)).every(isRight)).toBe(false);
  });
});
