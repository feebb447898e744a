import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { CAN_PIN, OBJECT, pinIterators, readWhole, unpin, withIterators } from '../makers/iterators.ts';
import { readFacts } from '../makers/json-facts.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { output } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { decodeBinary, decodeText, SOUND, type Told } from '../makers/told.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const EXIT_ZOMBIE = 32n;
const STOPPED = 4n;

/** What bpftool tells of a program or a map. */
interface Loaded {
  readonly id: number;
  readonly name: string;
  readonly map_ids?: readonly number[];
}

/** As counter.h has it, and some. */
const MORE_THAN_ARE_COUNTED = 8192 + 500;

describe('what iterators tell of processes that begin, change and end', () => {
  requires('cc', 'root', 'pid namespaces', 'iterators');
  const pins = withIterators(CAN_PIN);

  function start([file = '', ...argv]: readonly string[]) {
    const child = spawn(file, argv, { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  /** The row of a process, the same in both forms but for time that passes. */
  function toldOf(pid: number): Told {
    const of = (rows: readonly Told[]) => rows.filter((row) => row.numbers.pid === BigInt(pid));
    const read = () => [
      of(decodeBinary(readWhole(pins().sessions)).rows),
      of(decodeText(readWhole(pins().sessionsText)).rows),
    ];
    let [binary = [], text = []] = read();
    // Between two readings it may have gone to sleep, or woken up.
    for (let tries = 0; tries < 100 && binary[0]?.numbers['state'] !== text[0]?.numbers['state']; tries++)
      [binary = [], text = []] = read();
    expect([binary.length, text.length]).toEqual([1, 1]);
    const [row, other] = [binary[0] as Told, text[0] as Told];
    expect({ ...other, numbers: { ...other.numbers, cpu_ns: 0n } }).toEqual({
      ...row,
      numbers: { ...row.numbers, cpu_ns: 0n },
    });
    return row;
  }

  it('a zombie has an end, and neither program nor directory', async () => {
    const { child } = await readFacts<{ child: number }>(start([compile('zombie'), '/bin/true']));
    await waitFor('the zombie', () => processRow(child)?.state === 'Z');
    expect(toldOf(child)).toMatchObject({
      verdict: SOUND,
      exe: null,
      exeName: null,
      levels: [],
      comm: Buffer.from('true').toString('hex'),
      numbers: { exit_state: EXIT_ZOMBIE, threads: 1n, cwd_links: null, mnt_ns: null, tty_dev: null },
    });
  });

  it('a process whose first thread has ended has threads left', async () => {
    const { pid = 0 } = start([compile('leaderless')]);
    await waitFor('the end of its leader', () => processRow(pid)?.state === 'Z');
    expect(toldOf(pid)).toMatchObject({
      verdict: SOUND,
      levels: [],
      numbers: { exit_state: EXIT_ZOMBIE, threads: 2n },
    });
  });

  it('one that is stopped is told as stopped', async () => {
    const child = start(['sleep', '300']);
    const { pid = 0 } = child;
    await waitFor('sleep', () => processRow(pid)?.comm === 'sleep');
    child.kill('SIGSTOP');
    await waitFor('its stop', () => processRow(pid)?.state === 'T');
    expect((toldOf(pid).numbers.state ?? 0n) & STOPPED).toBe(STOPPED);
  });

  it('the CPU time of a process of many threads is told up to 64, and absent beyond', async () => {
    const script = (threads: number) =>
      `import threading,time\nfor _ in range(${threads}): threading.Thread(target=time.sleep,args=(300,),daemon=True).start()\nprint('{}',flush=True)\ntime.sleep(300)`;
    const [few, many] = [start(['python3', '-c', script(63)]), start(['python3', '-c', script(64)])];
    await Promise.all([readFacts(few), readFacts(many)]);
    expect(toldOf(few.pid ?? 0)).toMatchObject({
      verdict: SOUND,
      numbers: { threads: 64n, cpu_ns: expect.any(BigInt) },
    });
    expect(toldOf(many.pid ?? 0)).toMatchObject({ verdict: SOUND, numbers: { threads: 65n, cpu_ns: null } });
  });

  it('one that executes itself in another thread all the time is never left out', async () => {
    const { pid = 0 } = start([compile('thread-exec')]);
    await waitFor('its first exec', () => processRow(pid)?.comm === 'exe');
    const known = `${pid} ${fs.statSync('.').ino}\n`;
    const reader = start([compile('iterator-reader'), pins().sessions, 'binary', 'whole', '2']);
    reader.stdin.end(known);
    const seen = await readFacts<{ readings: number }>(reader);
    expect(seen).toMatchObject({ missing: 0, twice: 0, mixed: 0, uncounted: 0 });
    expect(seen.readings).toBeGreaterThan(2);
  });

  it('one that ends never has another one’s directory', async () => {
    const scratch = makeScratch();
    const storm = start([compile('chdir-storm'), scratch, '50', 'lives']);
    await readFacts(storm);
    const inodes = new Map<string, bigint>();
    for (let number = 0; number < 50; number++) {
      inodes.set(
        Buffer.from(`lives${number}`).toString('hex'),
        fs.statSync(`${scratch}/lives${number}`, { bigint: true }).ino,
      );
    }
    const seen = { there: 0, ending: 0, unsound: 0, wrong: 0 };
    const end = performance.now() + 10_000;
    while (performance.now() < end && !(seen.there > 300 && seen.ending > 300)) {
      for (const row of decodeBinary(readWhole(pins().sessions), (_, comm) => inodes.has(comm)).rows) {
        const wanted = inodes.get(row.comm);
        if (wanted === undefined) continue;
        if ((row.verdict & SOUND) === 0) seen.unsound++;
        else if (row.levels.length === 0) seen.ending++;
        else if (row.levels[0]?.ino === wanted) seen.there++;
        else seen.wrong++;
      }
    }
    expect(seen.wrong).toBe(0);
    expect(Math.min(seen.there, seen.ending)).toBeGreaterThan(5);
  });

  it.each(['binary', 'text'])(
    'whoever is born while the end is read is not told behind it, in the %s form',
    async (form) => {
      await readFacts(start([compile('chdir-storm'), makeScratch(), '4', 'born']));
      const pin = form === 'text' ? pins().sessionsText : pins().sessions;
      const reader = start([compile('iterator-reader'), pin, form, 'whole', '2']);
      reader.stdin.end('');
      // It ends with a complaint where the sentinel is not the last, or counts other rows.
      expect(await readFacts<{ uncounted: number }>(reader)).toMatchObject({ uncounted: 0 });
    },
  );

  it('a reader in a pid namespace gets its own, by the numbers that it knows', async () => {
    const file = `${makeScratch()}/told`;
    const inside = inPidNamespace(
      'sh',
      '-c',
      `sleep 300 & cat ${pins().sessions} > ${file}; stat -Lc %i /proc/self/ns/pid`,
    );
    const namespace = BigInt((await output(inside, 20_000)).trim());
    const { rows, pidNs, counted } = decodeBinary(fs.readFileSync(file));
    expect(counted).toBe(3n);
    expect(pidNs).toBe(namespace);
    for (const { numbers } of rows) expect(numbers.pid_ns).toBe(namespace);
    // The parent of the first lies outside.
    const related = rows.map(({ numbers: { pid, ppid, threads } }) => [pid, ppid, threads]);
    expect(related.map(([, ppid]) => ppid)).toEqual([0n, 1n, 1n]);
    expect(related[0]).toEqual([1n, 0n, 1n]);
    expect(rows.map(({ verdict, levels }) => [verdict, levels.length > 0])).toEqual(Array(3).fill([SOUND, true]));
  });

  it('readers that stop in the middle leave no room to be missed', async () => {
    for (let reader = 0; reader < MORE_THAN_ARE_COUNTED; reader++) {
      const fd = fs.openSync(pins().sessions, 'r');
      fs.readSync(fd, Buffer.alloc(100));
      fs.closeSync(fd);
    }
    const { rows, counted } = decodeBinary(readWhole(pins().sessions));
    expect(counted).toBe(BigInt(rows.length));
  });

  it('iterators that are unpinned leave neither programs nor maps', async () => {
    const pinned = await pinIterators(OBJECT, ['sessions']);
    onTestFinished(() => unpin(pinned));
    readWhole(pinned.sessions);
    const link = execFileSync('bpftool', ['-j', 'link', 'show', 'pinned', pinned.sessions], { encoding: 'utf8' });
    const { prog_id: program } = JSON.parse(link) as { prog_id: number };
    const programs = () =>
      JSON.parse(execFileSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8' })) as Loaded[];
    const maps = () => JSON.parse(execFileSync('bpftool', ['-j', 'map', 'show'], { encoding: 'utf8' })) as Loaded[];
    const ours = programs().find(({ id }) => id === program);
    expect(ours?.name).toBe('sessions');
    const ids = ours?.map_ids ?? [];
    expect(
      maps()
        .filter(({ id }) => ids.includes(id))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['desks', 'rows_written', 'sessions.rodata']);
    unpin(pinned);
    await waitFor('the end of the program', () => programs().every(({ id }) => id !== ours?.id));
    await waitFor('the end of its maps', () => maps().every(({ id }) => !ids.includes(id)));
  });
});
