import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requires } from '../../test/makers/requires.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { AGENT_ROLES } from '../world/contract.ts';
import { agentOf, agentPid, commOf } from '../world/processes.ts';
import { goneOf, makeWorld } from './test-world.ts';

/** What a process has open, by number. */
function openFiles(pid: number): Record<string, string> {
  const numbers = fs.readdirSync(`/proc/${pid}/fd`);
  return Object.fromEntries(numbers.map((fd) => [fd, fs.readlinkSync(`/proc/${pid}/fd/${fd}`)]));
}

function fieldOf(pid: number, file: string, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? '';
}

/** Whether reading its terminal does not block. */
function isNonblocking(pid: number): boolean {
  return (Number.parseInt(fieldOf(pid, 'fdinfo/0', 'flags'), 8) & 0o4000) !== 0;
}

describe('an agent', () => {
  requires('tmux', 'postgres', 'root');

  it('registers; beats, once where it had to wait for the database; and says goodbye', async () => {
    const { arena, cluster, truth, start, row, statuses, registered, pidFile, beatsInto } = await makeWorld(['ada']);
    const { pane, link } = await start('ada');
    const pid = pane.pid();
    const own = { host: os.hostname(), pid, pane: `bet-a ${pane.id}` };
    expect(link).toMatchObject({ name: 'ada', host: os.hostname(), ownPid: pid, pid });
    await registered('ada');
    for (const role of AGENT_ROLES) expect(await row(role, 'ada')).toMatchObject({ ...own, status: 'alive' });
    expect(pidFile('ada')).toBe(`${pid}\n${os.hostname()}\n${process.execPath}\nbet-a ${pane.id}\n`);
    expect(agentPid('ada', path.join(arena.scratch, 'bet-agent'))).toBe(pid);

    const beats = await beatsInto('heartbeat_5');
    const registeredAt = (await row('heartbeat_5', 'ada'))?.last_seen.getTime() ?? 0;
    await cluster.kill();
    // Two beats of 5 s are due meanwhile; the next is after 15 s.
    await sleep(registeredAt + 11_000 - Date.now());
    await cluster.start();
    const [, next = 0] = await waitFor('the beat that waited, and one more', async () => {
      const all = await beats();
      return all.length >= 2 && all;
    });
    expect(next - registeredAt).toBeGreaterThan(14_000);
    for (const role of AGENT_ROLES) expect(truth.cpuSeconds(role)).toBeGreaterThan(0);
    expect(truth.cpuSeconds('pid file')).toBeGreaterThan(0);

    link.order({ order: 'exit' });
    await goneOf(link);
    expect(link.leaving).not.toBeNull();
    expect(await statuses('ada')).toEqual(['dead', 'dead', 'dead', 'dead']);
    expect(pidFile('ada')).toBeNull();
  });

  it('is the same process after an exec, with the terminal as it was and nothing else left open', async () => {
    const { coming, start, registered, pidFile } = await makeWorld(['ada']);
    const { pane, link } = await start('ada');
    const pid = pane.pid();
    await registered('ada');
    const [files, file] = [openFiles(pid), pidFile('ada')];
    link.order({ order: 'exec' });
    const anew = await coming('ada', 1);
    expect(link.isOpen).toBe(false);
    expect(anew).toMatchObject({ pid, ownPid: pid, isOpen: true });
    await registered('ada');
    // Whatever an exec does not close would be there twice.
    await waitFor('as many open files', () => Object.keys(openFiles(pid)).length === Object.keys(files).length);
    for (const fd of [0, 1, 2]) expect(openFiles(pid)[fd]).toBe(`/dev/${pane.terminal()}`);
    expect(fieldOf(pid, 'status', 'SigBlk')).toBe('0000000000000000');
    expect(fs.readlinkSync(`/proc/${pid}/cwd`)).toMatch(/homes\/ada$/);
    expect(pidFile('ada')).toBe(file);
  });

  it('leaves its place to a shell, and its rows as they are', async () => {
    const { arena, start, statuses, registered, pidFile } = await makeWorld(['ada']);
    const { pane, link } = await start('ada');
    const pid = pane.pid();
    await registered('ada');
    link.order({ order: 'exec-shell' });
    await goneOf(link);
    await waitFor('the shell', () => commOf(pid) === 'sh');
    expect(agentOf(pid, path.join(arena.scratch, 'bet-agent'))).toBeNull();
    // dash has its terminal a second time.
    await waitFor('its files', () => Object.keys(openFiles(pid)).length === 4);
    expect(new Set(Object.values(openFiles(pid)))).toEqual(new Set([`/dev/${pane.terminal()}`, '/dev/tty']));
    expect(isNonblocking(pid)).toBe(false);
    expect(fieldOf(pid, 'status', 'SigBlk')).toBe('0000000000000000');
    const ignored = BigInt(`0x${fieldOf(pid, 'status', 'SigIgn')}`);
    expect(ignored & (1n << BigInt(os.constants.signals.SIGPIPE - 1))).toBe(0n);
    expect(await statuses('ada')).toEqual(['alive', 'alive', 'alive', 'alive']);
    expect(pidFile('ada')).toMatch(`${pid}\n`);
    const said = path.join(arena.scratch, 'said');
    pane.type(`echo "$0 $((40 + 2))" > ${said}`);
    await waitFor('the shell to answer', () => fs.existsSync(said) && fs.readFileSync(said, 'utf8') === 'sh 42\n');
  });

  it('leaves when its terminal hangs up, or does not; is known dead at once; and hears nothing while it hangs', async () => {
    const world = await makeWorld(['ada', 'bob', 'eve', 'joe'], ['bob']);
    const { tmux, truth, start, row, statuses, registered, pidFile } = world;
    const [ada, bob, eve, joe] = (await Promise.all(['ada', 'bob', 'eve', 'joe'].map(start))).map(({ link }) => link);
    if (!ada || !bob || !eve || !joe) throw new Error('somebody has not come');
    await Promise.all(['ada', 'bob', 'eve', 'joe'].map(registered));

    process.kill(ada.pid, 'SIGKILL');
    await goneOf(ada);
    expect(ada.leaving).toBeNull();
    expect(await statuses('ada')).toEqual(['alive', 'alive', 'alive', 'alive']);

    eve.order({ order: 'hang' });
    eve.order({ order: 'ping' });
    expect(await truth.hear(eve, 'pong', 500)).toBeNull();

    await tmux.kill();
    await goneOf(joe);
    expect(await statuses('joe')).toEqual(['dead', 'dead', 'dead', 'dead']);
    expect(pidFile('joe')).toBeNull();
    bob.order({ order: 'ping' });
    expect(await truth.hear(bob, 'pong', 10_000)).toEqual({ says: 'pong' });
    expect([bob.isOpen, eve.isOpen]).toEqual([true, true]);
    await waitFor(
      'a beat to tell that its terminal is gone',
      async () => (await row('heartbeat_5', 'bob'))?.pane === null,
    );
    expect(await truth.hear(bob, 'beat', 10_000)).toMatchObject({ says: 'beat' });

    bob.order({ order: 'work', ms: 600_000 });
    expect(await truth.hear(bob, 'beat', 10_000)).toMatchObject({ says: 'beat', cpuMs: null });
    process.kill(bob.pid, 'SIGTERM');
    await goneOf(bob);
    expect(await statuses('bob')).toEqual(['dead', 'dead', 'dead', 'dead']);
    process.kill(eve.pid, 'SIGKILL');
    await goneOf(eve);
  });
});
