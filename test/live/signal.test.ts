import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type SignalOptions, sendSignal } from '../../src/act/signal.ts';
import { readSignal } from '../../src/act/signal-names.ts';
import type { Session } from '../../src/model/session.ts';
import { type CProgram, compile, install } from '../makers/c-program.ts';
import { changedMachine, untilAtOnce } from '../makers/changed-machine.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { lookAt, reportOf } from '../makers/look.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { bundleWithKoffi, output } from '../makers/observe-elsewhere.ts';
import { hasEnded, type ProcessRow, processRow, processTable } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import type { ReusedNumber } from '../makers/signal-reuse-main.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const COMMANDS = ['claude'];

async function startAgent(program: CProgram = 'agent') {
  const scratch = makeScratch();
  const [home] = makeDirectories(scratch, 'homes/ada');
  const terminal = await openTerminal([install(program, `${scratch}/bin/claude`)], { cwd: home });
  return { scratch, home, terminal, session: await sessionAt(home) };
}

async function sessionAt(home: string, terminal?: 'optional'): Promise<Session> {
  const options = { identifyPrograms: true, ...(terminal && { terminal }) };
  const { session } = reportOf(await lookAt({ ada: home }, options), 'ada');
  if (!session) throw new Error('there is no session');
  return session;
}

function send(session: Session, word: string, options: Partial<SignalOptions> = {}) {
  const signal = readSignal(word);
  if (!signal) throw new Error(`no signal ${word}`);
  return sendSignal(session, signal, { commands: COMMANDS, ...options });
}

function below(ancestor: number): ProcessRow[] {
  const rows = processTable();
  const children = (pid: number): ProcessRow[] => {
    return rows.filter(({ ppid }) => ppid === pid).flatMap((row) => [row, ...children(row.pid)]);
  };
  return children(ancestor);
}

describe('sendSignal()', () => {
  requires('cc');

  it('signals the process of the session, and nobody else', async () => {
    const { terminal, session } = await startAgent();
    terminal.type('job sleep 300');
    const child = await programBelow(terminal.pid, 'sleep');
    const sent = await send(session, 'TERM');
    expect(sent).toMatchObject({ outcome: 'sent', signal: { name: 'SIGTERM' }, left: [], complete: true });
    expect('processes' in sent && sent.processes).toMatchObject([{ pid: terminal.pid, command: { text: 'claude' } }]);
    await waitFor('its end', () => hasEnded(terminal.pid));
    expect(hasEnded(child)).toBe(false);
  });

  it('sends nothing when it was called off', async () => {
    const { terminal, session } = await startAgent();
    for (const tree of [false, true]) {
      const options = { commands: ['claude'], tree, signal: AbortSignal.abort() };
      await expect(sendSignal(session, { name: 'SIGKILL', number: 9 }, options)).rejects.toThrow('abort');
    }
    expect(hasEnded(terminal.pid)).toBe(false);
  });

  it('wakes one that was stopped', async () => {
    const { terminal, session, home } = await startAgent();
    expect(await send(session, 'STOP')).toMatchObject({ outcome: 'sent' });
    await waitFor('it to stop', () => processRow(terminal.pid)?.state === 'T');
    expect(await send(await sessionAt(home), 'CONT')).toMatchObject({ outcome: 'sent' });
    await waitFor('it to go on', () => processRow(terminal.pid)?.state === 'S');
  });

  it('reaches one without a terminal', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const child = spawn(install('agent', `${scratch}/bin/claude`), {
      cwd: home,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const session = await waitFor('the session', () => sessionAt(home, 'optional').catch(() => null));
    expect(session).toMatchObject({ pid: child.pid, detached: true });
    expect(await send(session, 'HUP')).toMatchObject({ outcome: 'sent' });
    await waitFor('its end', () => processRow(child.pid ?? 0) === null);
  });

  it('reaches one whose first thread has ended', async () => {
    const { terminal, session } = await startAgent('leaderless');
    await waitFor('the zombie leader', () => processRow(terminal.pid)?.state === 'Z');
    expect(await send(session, 'TERM')).toMatchObject({ outcome: 'sent' });
    await waitFor('its end', () => hasEnded(terminal.pid));
  });

  it('refuses one that has become another program since the look', async () => {
    const { terminal, session } = await startAgent();
    terminal.type('exec sleep 300');
    await waitFor('the other program', () => processRow(terminal.pid)?.comm === 'sleep');
    for (const tree of [false, true]) {
      expect(await send(session, 'KILL', { tree })).toMatchObject({ outcome: 'refused', reason: 'changed' });
    }
    expect(hasEnded(terminal.pid)).toBe(false);
  });

  it('refuses one that has ended, reaped or not', async () => {
    const { terminal, session } = await startAgent();
    process.kill(terminal.pid, 'SIGKILL');
    await waitFor('its end', () => hasEnded(terminal.pid));
    expect(await send(session, 'KILL')).toMatchObject({ outcome: 'refused', reason: 'ended' });
    await terminal.hangUp();
    await waitFor('it to be reaped', () => processRow(terminal.pid) === null);
    expect(await send(session, 'KILL', { tree: true })).toMatchObject({ outcome: 'refused', reason: 'ended' });
  });

  it('refuses where nobody knows which process it is', async () => {
    const { session } = await startAgent();
    for (const verdict of ['ambiguous', 'unknown'] as const) {
      const nobody = { ...session, verdict, pid: null };
      expect(await send(nobody, 'KILL')).toMatchObject({ outcome: 'refused', reason: 'unseen' });
    }
  });
});

describe('sendSignal() with tree', () => {
  requires('cc');

  it('signals all that descends from it, leaves first, also what has left the terminal', async () => {
    const { terminal, session } = await startAgent();
    terminal.type('tool exec setsid sh -c "sleep 300 & exec sleep 301"');
    terminal.type('tool exec sleep 302');
    const argumentOf = (pid: number) => fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[1];
    const sleepers = await Promise.all(
      ['300', '301', '302'].map((time) => programBelow(terminal.pid, 'sleep', (row) => argumentOf(row.pid) === time)),
    );
    const [away = 0] = sleepers.filter((pid) => argumentOf(pid) === '301');
    expect(processRow(away)).toMatchObject({ ttyNr: 0, sid: away });
    const sent = await send(session, 'TERM', { tree: true });
    expect(sent).toMatchObject({ outcome: 'sent', left: [], complete: true });
    const pids = 'processes' in sent ? sent.processes.map(({ pid }) => pid) : [];
    expect([...pids].sort()).toEqual([...sleepers, terminal.pid].sort());
    expect(pids.indexOf(sleepers[0] ?? 0)).toBeLessThan(pids.indexOf(away));
    expect(pids.at(-1)).toBe(terminal.pid);
    await waitFor('the end of all', () => pids.every(hasEnded));
  });

  it.each(['KILL', 'TERM'])('ends a fork storm by %s, and signals nobody else', async (word) => {
    const { terminal, session } = await startAgent('fork-storm');
    const { pgid = 0 } = processRow(terminal.pid) ?? {};
    const sent = await send(session, word, { tree: true });
    expect(sent).toMatchObject({ outcome: 'sent' });
    await waitFor('its end', () => hasEnded(terminal.pid));
    await waitFor('the end of its children', () =>
      processTable().every((row) => row.pgid !== pgid || hasEnded(row.pid)),
    );
    if (!('processes' in sent)) return;
    expect(sent.processes.map(({ pid }) => pid)).toContain(terminal.pid);
    expect(sent.processes.map(({ command }) => command.text).filter((it) => it !== 'claude' && it !== 'true')).toEqual(
      [],
    );
  });

  it('says of a tree that grows at every look that it does, and signals what it has seen', async () => {
    const { terminal, session } = await startAgent();
    const machine = changedMachine((procfs) => ({
      list: () => {
        const before = below(terminal.pid).length;
        terminal.type('job exec sleep 300');
        untilAtOnce(() => below(terminal.pid).length > before);
        return procfs.list();
      },
    }));
    const sent = await send(session, 'WINCH', { tree: true, machine });
    expect(sent).toMatchObject({ outcome: 'sent' });
    if (!('processes' in sent)) return;
    expect(sent.left.map(({ reason }) => reason).join()).toContain('new children at each of 10 looks');
    // One for each look at least, and itself.
    expect(sent.processes.length).toBeGreaterThan(20);
    expect(hasEnded(terminal.pid)).toBe(false);
  });

  it('leaves nobody unnamed of a storm of many children that it ends', async () => {
    const { terminal, session } = await startAgent();
    // Each is held by two descriptors: of tens of thousands a fast machine would run out.
    // Children are ended first: a shell that only waits for them would end by itself before its turn comes.
    terminal.type('job n=0; while [ $n -lt 3000 ]; do sleep 300 & n=$((n + 1)); done; while :; do wait; done');
    await waitFor('the storm', () => below(terminal.pid).length > 20);
    const storm = below(terminal.pid).find(({ comm }) => comm === 'sh')?.pid ?? 0;
    const sent = await send(session, 'KILL', { tree: true });
    expect(sent).toMatchObject({ outcome: 'sent' });
    if (!('processes' in sent)) return;
    const [signalled, left] = [sent.processes, sent.left].map((list) => list.map(({ pid }) => pid));
    expect(signalled).toEqual(expect.arrayContaining([storm, terminal.pid]));
    const isOver = (row: ProcessRow) => row.pgid !== storm || hasEnded(row.pid) || left?.includes(row.pid) === true;
    await waitFor('the end of all that are not named', () => processTable().every(isOver));
  });

  it('leaves nobody held', async () => {
    const { session } = await startAgent('fork-storm');
    const held = () => fs.readdirSync('/proc/self/fd').length;
    const before = held();
    for (let round = 0; round < 5; round++) await send(session, 'WINCH', { tree: true });
    expect(held()).toBeLessThanOrEqual(before);
  });
});

describe('sendSignal() to a number that was given to another process', () => {
  requires('cc', 'root', 'pid namespaces');

  it.each(['before_hold', 'within_hold'])('signals nobody: %s', async (when) => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const agent = install('agent', `${scratch}/bin/claude`);
    const main = [
      globalThis.process.execPath,
      bundleWithKoffi(scratch, 'signal-reuse-main'),
      home,
      compile('numbered'),
      agent,
      when,
    ];
    const told = JSON.parse(await output(inPidNamespace(...main))) as ReusedNumber;
    expect(told).toEqual({ answer: 'ended', newcomerLives: true });
  });
});
