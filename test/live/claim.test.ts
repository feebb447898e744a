import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claim, type SessionClaim } from '../../src/act/claim.ts';
import { findFlocks } from '../../src/kernel/flock-holders.ts';
import { liveMachine } from '../../src/kernel/machine.ts';
import { isRefusal, type Refusal } from '../../src/model/refusal.ts';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesIn } from '../makers/look.ts';
import { inPidNamespace } from '../makers/namespaces.ts';
import { observeThrough, output } from '../makers/observe-elsewhere.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow, type Terminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

/** A home with a session in it. */
async function makeSession() {
  const scratch = makeScratch();
  const command = `agent${globalThis.process.pid}`;
  const program = install('agent', `${scratch}/bin/${command}`);
  const [home] = makeDirectories(scratch, 'homes/ada');
  const start = () => openTerminal([program], { cwd: home });
  const terminal = await start();
  const options = { homes: [homesIn(`${scratch}/homes`)], commands: [command], identifyPrograms: true, claims: true };
  const look = async (): Promise<Session> => {
    const { sessions } = await observe({ ...options, proveAbsence: false });
    if (sessions.length !== 1) throw new Error(`${sessions.length} sessions`);
    return sessions[0] as Session;
  };
  const take = (session: Session, signal?: AbortSignal) => {
    return claim(session, { commands: [command], ...(signal && { signal }) });
  };
  return { scratch, home, terminal, start, look, take };
}

function got(result: SessionClaim | Refusal): SessionClaim {
  if (isRefusal(result)) throw new Error(`${result.reason}: ${result.message}`);
  onTestFinished(() => result.release());
  return result;
}

/** A process that inherits a claim. */
function inherit({ fd }: SessionClaim): ChildProcess {
  const child = spawn('sleep', ['300'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function end(terminal: Terminal): Promise<void> {
  globalThis.process.kill(terminal.pid, 'SIGKILL');
  await waitFor('the end of the session', () => hasEnded(terminal.pid));
}

describe('claim()', () => {
  requires('cc');

  it('is exclusive, and is had again when it was released', async () => {
    const { look, take } = await makeSession();
    const session = await look();
    expect(session.claimedBy).toEqual([]);
    const first = got(await take(session));
    expect(first.verify()).toBeNull();
    expect(await take(session)).toMatchObject({
      reason: 'busy',
      message: expect.stringContaining(`ada is claimed by ${globalThis.process.pid} (`),
      evidence: [{ fact: 'claimed by' }],
    });
    first.release();
    first.release();
    got(await take(session));
  });

  it('locks nothing when it was called off', async () => {
    const { look, take } = await makeSession();
    const session = await look();
    await expect(take(session, AbortSignal.abort())).rejects.toThrow('abort');
    got(await take(session));
  });

  it('lasts as long as one that has inherited it, and is told as that one’s', async () => {
    const { look, take } = await makeSession();
    const first = got(await take(await look()));
    const child = inherit(first);
    const both = await look();
    expect(both.claimedBy?.map(({ pid }) => pid)).toEqual([child.pid, globalThis.process.pid]);
    first.release();
    const session = await look();
    expect(session.claimedBy).toMatchObject([{ pid: child.pid, command: { text: 'sleep' }, verified: true }]);
    expect(await take(session)).toMatchObject({ reason: 'busy', message: `ada is claimed by ${child.pid} (sleep)` });
    child.kill('SIGKILL');
    await waitFor('the claim', async () => {
      const again = await take(session);
      return !isRefusal(again) && got(again);
    });
  });

  it('goes where its home goes: a name is not what is locked', async () => {
    const { scratch, look, take } = await makeSession();
    const before = await look();
    const first = got(await take(before));
    fs.renameSync(`${scratch}/homes/ada`, `${scratch}/homes/bob`);
    const after = await look();
    expect(after).toMatchObject({
      name: { text: 'bob' },
      pid: before.pid,
      claimedBy: [{ pid: globalThis.process.pid }],
    });
    expect(await take(after)).toMatchObject({ reason: 'busy' });
    first.release();
    expect(await take(before)).toMatchObject({ reason: 'changed' });
    makeDirectories(scratch, 'homes/ada');
    expect(await take(before)).toMatchObject({ reason: 'changed' });
    got(await take(after));
  });

  it('holds the home, not the process: it lasts where the session ends, and covers the next one there', async () => {
    const { terminal, start, look, take } = await makeSession();
    const first = got(await take(await look()));
    await end(terminal);
    expect(first.verify()).toMatchObject({ reason: 'ended' });
    await start();
    const next = await look();
    expect(await take(next)).toMatchObject({ reason: 'busy' });
    first.release();
    got(await take(next));
  });

  it('claims nothing that is not the session any more', async () => {
    const { terminal, look, take } = await makeSession();
    const session = await look();
    await end(terminal);
    expect(await take(session)).toMatchObject({ reason: 'ended' });
    const { homeId } = session;
    expect(homeId && findFlocks(liveMachine().procfs, [homeId])).toEqual([{ kind: 'none' }]);
  });

  it('is refused while somebody shares a lock of another kind, and by flock(1)', async () => {
    const { home, look, take } = await makeSession();
    const holder = spawn('flock', ['--shared', '--no-fork', home, 'sleep', '300'], { stdio: 'ignore' });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await waitFor('the lock', () => processRow(holder.pid as number)?.comm === 'sleep');
    const session = await look();
    expect(session.claimedBy).toMatchObject([{ pid: holder.pid, command: { text: 'sleep' } }]);
    expect(await take(session)).toMatchObject({ reason: 'busy' });
  });

  it('needs no right to write the home', async () => {
    const { home, look, take } = await makeSession();
    fs.chmodSync(home, 0o555);
    got(await take(await look()));
  });

  it('has no session without a home', async () => {
    const { look, take } = await makeSession();
    const session = { ...(await look()), home: null, homeId: null };
    await expect(take(session)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('who has claimed a session in a container', () => {
  requires('cc', 'root', 'pid namespaces');

  it('is seen there too, where the table of locks does not list a lock whose maker has ended', async () => {
    const scratch = makeScratch();
    const [home] = makeDirectories(scratch, 'homes/ada');
    const program = install('agent', `${scratch}/bin/claude`);
    // flock(1) makes the lock and ends; only sleep shares it then.
    const script = 'exec 3<.; flock 3; sleep 300 & exec 3<&-; exec "$0"';
    const terminal = await openTerminal(inPidNamespace('sh', '-c', script, program), { cwd: home });
    const agent = await programBelow(terminal.pid, 'claude');
    const inside = ['nsenter', '-p', '-m', '-t', String(agent)];
    expect(await output([...inside, 'cat', '/proc/locks'])).not.toContain(`:${fs.statSync(home).ino} `);
    const options = { homes: [homesIn(`${scratch}/homes`)], commands: ['claude'], claims: true };
    for (const through of [inside, []]) {
      const { sessions } = await observeThrough(scratch, through, options);
      expect(sessions).toMatchObject([{ claimedBy: [{ command: { text: 'sleep' }, verified: true }] }]);
    }
  });
});
