import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '../makers/c-program.ts';
import { CAN_PIN, readWhole, withIterators } from '../makers/iterators.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { asUser, inMountNamespace } from '../makers/namespaces.ts';
import { cgroupMount, type ProcFacts, procFacts } from '../makers/proc-facts.ts';
import { allPids } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { openShell, openTerminal } from '../makers/terminal.ts';
import { decodeBinary, decodeText, type Reading, SOUND, type Told } from '../makers/told.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** A kernel thread's number in `flags`: /proc adds to its name what it works on. */
const PF_KTHREAD = 0x200000n;
/** /proc rounds user and system time each, and a running process goes on. */
const TICKS_OFF = 2n;
const NS_A_TICK = 10_000_000n;
const EXIT_ZOMBIE = 32n;

const FORMS: readonly [string, (pins: { sessions: string; sessionsText: string }) => Reading][] = [
  ['binary', ({ sessions }) => decodeBinary(readWhole(sessions))],
  ['text', ({ sessionsText }) => decodeText(readWhole(sessionsText))],
];

describe('what an iterator tells and what /proc tells', () => {
  requires('cc', 'root', 'mount namespaces', 'iterators');
  const pins = withIterators(CAN_PIN);

  beforeEach(async () => {
    const scratch = makeScratch();
    const storm = spawn(compile('chdir-storm'), [scratch, '4', 'parity'], { stdio: 'pipe' });
    onTestFinished(() => void storm.kill('SIGKILL'));
    await openShell({ cwd: scratch });
    await openTerminal([compile('leaderless')], { cwd: scratch });
    await openTerminal([globalThis.process.execPath, '-e', 'setInterval(() => {}, 1e6)'], { cwd: '/usr/bin' });
    start(asUser(3001, 'sleep', '300'));
    start(inMountNamespace(`mount -t tmpfs none ${scratch}; cd ${scratch}; exec sleep 300`));
    start(['unshare', '-nui', '-fp', '--kill-child', 'sleep', '300']);
    start(['unshare', '-CT', '--boottime', '1000', '-f', 'sleep', '300']);
  });

  function start([file = '', ...argv]: readonly string[]) {
    const child = spawn(file, argv, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  it.each(FORMS)('is the same in every field, in the %s form', async (_, read) => {
    const compared = {
      rows: 0,
      terminals: 0,
      users: new Set<unknown>(),
      threads: 0,
      chains: 0,
      namespaces: new Set<unknown>(),
    };
    const mount = cgroupMount();
    await waitFor('enough that was compared', () => {
      const before = factsOfAll(mount);
      const { rows, counted, pidNs, userNs } = read(pins());
      const after = factsOfAll(mount);
      expect(counted).toBe(BigInt(rows.length));
      expect([pidNs, userNs]).toEqual(
        ['pid', 'user'].map((name) => fs.statSync(`/proc/self/ns/${name}`, { bigint: true }).ino),
      );
      expect(new Set(rows.map(({ numbers }) => numbers.pid)).size).toBe(rows.length);
      for (const row of rows) {
        const pid = Number(row.numbers.pid);
        const [first, last] = [before.get(pid), after.get(pid)];
        // What moved meanwhile can be told either way.
        if (first === undefined || last === undefined || !isDeepStrictEqual(steady(first), steady(last))) continue;
        compare(row, first, last);
        compared.rows++;
        if (row.numbers.tty_nr !== 0n) compared.terminals++;
        if ((row.numbers.threads ?? 0n) > 1n) compared.threads++;
        if (row.levels.length > 1) compared.chains++;
        compared.users.add(row.numbers.uid);
        for (const name of ['mnt_ns', 'net_ns', 'pid_ns', 'time_ns'] as const)
          compared.namespaces.add(row.numbers[name]);
      }
      // A process that was there before and after is there in between.
      const told = new Set(rows.map(({ numbers }) => Number(numbers.pid)));
      expect([...before.keys()].filter((pid) => after.has(pid) && !told.has(pid) && !isHidden(pid))).toEqual([]);
      return (
        compared.rows > 1000 &&
        compared.chains > 300 &&
        compared.terminals > 6 &&
        compared.threads > 6 &&
        compared.users.size > 1 &&
        compared.namespaces.size > 7
      );
    });
  });
});

/** The machine that this was written on hides its first process from iterators: all other machines do not. */
function isHidden(pid: number): boolean {
  return pid === 1;
}

function factsOfAll(mount: string | null): Map<number, ProcFacts> {
  const all = allPids().map((pid) => [pid, procFacts(pid, mount)] as const);
  return new Map(all.filter((entry): entry is readonly [number, ProcFacts] => entry[1] !== null));
}

/** All but what changes by itself. */
function steady({ cpuTicks: _, state: __, ...rest }: ProcFacts) {
  return rest;
}

function compare(row: Told, first: ProcFacts, last: ProcFacts): void {
  const { numbers, comm } = row;
  const isKernelThread = ((numbers.flags ?? 0n) & PF_KTHREAD) !== 0n;
  const told = {
    numbers: Object.fromEntries(
      Object.keys(first.numbers).map((name) => [name, numbers[name as keyof Told['numbers']]]),
    ),
    comm: isKernelThread ? '' : comm,
    exe: row.exe,
    startTicks: (numbers.start_ns ?? 0n) / NS_A_TICK,
  };
  expect(told).toEqual({
    numbers: first.numbers,
    comm: isKernelThread ? '' : first.comm,
    exe: first.exe,
    startTicks: first.startTicks,
  });
  expect(row.verdict & SOUND).toBe(SOUND);
  if (row.verdict === SOUND) {
    const chain = row.levels.map(({ dev, ino }) => ({ dev, ino }));
    expect(chain).toEqual(first.chain ?? []);
  }
  const ticks = (numbers.cpu_ns ?? 0n) / NS_A_TICK;
  expect(ticks).toBeGreaterThanOrEqual(first.cpuTicks - TICKS_OFF);
  expect(ticks).toBeLessThanOrEqual(last.cpuTicks + TICKS_OFF);
  // Whoever sleeps may wake up in between; who is a zombie stays one.
  if (first.state === 'Z') expect(numbers.exit_state).toBe(EXIT_ZOMBIE);
}
