import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TaskFile } from '../../src/kernel/bpf/task-file.ts';
import { isTaskFile } from '../../src/kernel/bpf/task-source.ts';
import { isWorthTelling } from '../../src/kernel/bpf/told-facts.ts';
import type { Machine } from '../../src/kernel/machine.ts';
import { value } from '../../src/model/outcome.ts';
import type { Session } from '../../src/model/session.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn } from '../makers/look.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { machineWithPin, pinTasks } from '../makers/task-pin.ts';
import { openTerminal } from '../makers/terminal.ts';
import { undisturbed } from '../makers/undisturbed.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** More than are read one by one, of all that this machine runs. */
const SESSIONS = Math.max(40, Math.ceil(listed() / 25));

function listed(): number {
  return fs.readdirSync('/proc').filter((name) => /^\d/.test(name)).length;
}

const DAMAGED = 'iterator_damaged';

/** What other tests do meanwhile. */
const STORMS = ['churn', 'hidden', 'unstable'] as const;

/** The same machine, where the arguments are changed before they are looked at. */
function withChangedArguments(machine: Machine, change: (text: string) => string): Machine {
  const pin = machine.tasks?.pin();
  if (!pin || !isTaskFile(pin)) throw new Error('there is no pin');
  const { origin, read, readArguments } = pin;
  const changed: TaskFile = {
    origin,
    read,
    readArguments: () => {
      const told = readArguments?.();
      if (told?.kind !== 'value') throw new Error('the arguments cannot be read');
      return value(Buffer.from(change(Buffer.from(told.value).toString('latin1')), 'latin1'));
    },
  };
  return { ...machine, tasks: { pin: () => changed, own: async () => changed } };
}

/** By our clock now, which each look sets against that of the boot. */
function withoutClock(session: Session): Session {
  return { ...session, startedAt: null };
}

function commOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/comm`, 'latin1').trimEnd();
}

/** The same machine, and which files of processes were read by their numbers. */
function watched(machine: Machine): { readonly machine: Machine; readonly asked: string[] } {
  const { procfs } = machine;
  const asked: string[] = [];
  const note = (name: string) => {
    asked.push(name);
    return name;
  };
  const noting = {
    selfPid: procfs.selfPid,
    root: procfs.root,
    list: () => procfs.list(),
    read: (name: string) => procfs.read(note(name)),
    readlink: (name: string) => procfs.readlink(note(name)),
    readStat: (pid: number) => procfs.readStat(Number(note(`${pid}/stat`).split('/', 1)[0])),
    links: procfs.links.bind(procfs),
    open: (pid: number) => procfs.open(Number(note(`${pid}/`).slice(0, -1))),
    bracket: procfs.bracket.bind(procfs),
    exists: (pid: number) => procfs.exists(pid),
  };
  return { machine: { ...machine, procfs: noting }, asked };
}

describe('arguments by the second iterator', () => {
  requires('cc', 'the iterator', 'the whole machine');

  async function makeFleet(run: readonly string[]) {
    const scratch = makeScratch();
    const names = Array.from({ length: SESSIONS }, (_, index) => `s${index}`);
    makeDirectories(scratch, ...names.map((name) => `homes/${name}`));
    const sessions = [];
    for (const name of names) sessions.push(await openTerminal(run, { cwd: `${scratch}/homes/${name}` }));
    const pinned = machineWithPin(await pinTasks(scratch, 0, ['sessions', 'arguments_text']));
    return { pinned, homes: [homesIn(`${scratch}/homes`)], pids: sessions.map(({ pid }) => pid) };
  }

  const pidsOf = ({ sessions }: Snapshot) => sessions.map(({ pid }) => pid).sort();

  it('tells what /proc tells, and reads no arguments of a session from there', async () => {
    const { pinned, homes, pids } = await makeFleet([install('agent', `${makeScratch()}/bin/claude`)]);
    const ask = { homes, commands: ['claude'], identifyPrograms: true } as const;
    const { machine, asked } = watched(pinned);
    const told = await undisturbed(STORMS, () => observe({ ...ask, machine, source: 'bpf' }));
    const expected = await undisturbed(STORMS, () => observe({ ...ask, source: 'procfs' }));
    expect(pidsOf(told)).toEqual([...pids].sort());
    expect(told.sessions.map(withoutClock)).toEqual(expected.sessions.map(withoutClock));
    expect(told.homes.map(({ verdict, reason, bystanders }) => [verdict, reason, bystanders])).toEqual(
      expected.homes.map(({ verdict, reason, bystanders }) => [verdict, reason, bystanders]),
    );
    expect(pids.filter((pid) => asked.includes(`${pid}/cmdline`))).toEqual([]);
    expect(pids.filter((pid) => asked.includes(`${pid}/stat`))).toEqual([]);
  });

  it('asks /proc where the name of a program is none of its arguments', async () => {
    const program = install('agent', `${makeScratch()}/bin/claude`);
    const { pinned, homes, pids } = await makeFleet(['bash', '-c', `exec -a other ${program}`]);
    await waitFor('all run their program', () => pids.every((pid) => commOf(pid) === 'claude'));
    const { machine, asked } = watched(pinned);
    const told = await observe({ homes, commands: ['claude'], machine, source: 'bpf' });
    expect(pidsOf(told)).toEqual([...pids].sort());
    expect(pids.every((pid) => asked.includes(`${pid}/cmdline`))).toBe(true);
  });

  it.each([
    ['are of others, who had the numbers before', (text: string) => text.replace(/^(1\t\t\d+\t\d+)/gm, '$10'), []],
    [
      'are of other programs',
      (text: string) => text.replace(/\t([0-9a-f]{23})[0-9a-f]\t1\t/g, '\t$1x\t1\t'),
      [DAMAGED],
    ],
    ['are not all there', (text: string) => text.slice(0, text.length >> 1), [DAMAGED]],
    [
      'are those of another program file',
      (text: string) => text.replace(/\t[0-9a-f]{24}\t1\t/g, `\t${'1'.repeat(24)}\t1\t`),
      [],
    ],
  ])('asks /proc where they %s', async (_what, change, codes) => {
    const { pinned, homes, pids } = await makeFleet([install('agent', `${makeScratch()}/bin/claude`)]);
    const { machine, asked } = watched(withChangedArguments(pinned, change));
    const told = await undisturbed(STORMS, () => observe({ homes, commands: ['claude'], machine, source: 'bpf' }));
    expect(pidsOf(told)).toEqual([...pids].sort());
    expect(pids.every((pid) => asked.includes(`${pid}/cmdline`))).toBe(true);
    expect(told.coverage.reasons.map(({ code }) => code).filter((code) => code === DAMAGED)).toEqual(codes);
    expect(told.coverage.complete).toBe(true);
  });

  it('is asked only where many are wanted', () => {
    expect(isWorthTelling(31, 100)).toBe(false);
    expect(isWorthTelling(32, 100)).toBe(true);
    expect(isWorthTelling(100, 10_000)).toBe(false);
    expect(isWorthTelling(1000, 10_000)).toBe(true);
  });
});
