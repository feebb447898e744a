import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser } from '../makers/namespaces.ts';
import { observeThrough, type ToldSnapshot } from '../makers/observe-elsewhere.ts';
import { hasEnded, processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal, programBelow } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const LOOKER = 3001;
const OTHER = 3002;
let agents = 0;
/** No agent of any other test is called so: what one cannot look into would else be in the way. */
const newAgentName = () => `agent-${globalThis.process.pid % 100_000}-${++agents}`;

describe('observe() as an unprivileged user', () => {
  requires('cc', 'root', 'setpriv', 'a node for every user', 'the whole machine');

  async function startAs(uid: number, { named, through = [] }: { named?: string; through?: readonly string[] } = {}) {
    const scratch = makeScratch();
    const agent = newAgentName();
    const name = named ?? agent;
    const [home] = makeDirectories(scratch, 'homes/ada');
    const program = install('agent', `${scratch}/bin/${name}`);
    const terminal = await openTerminal(asUser(uid, ...through, program), { cwd: home });
    const pid = through.length > 0 ? await programBelow(terminal.pid, name) : terminal.pid;
    await waitFor('the program', () => processRow(pid)?.comm === name);
    const look = (commands: readonly string[] | null) =>
      observeThrough(scratch, asUser(LOOKER), { homes: homesAt({ ada: home }), commands });
    return { scratch, home, agent, terminal, pid, look };
  }

  const pidsOf = (snapshot: ToldSnapshot, code: string) =>
    snapshot.coverage.reasons.find((reason) => reason.code === code)?.pids ?? [];

  it('sees its own agents, and knows that a home without one is empty', async () => {
    const { agent, pid, look } = await startAs(LOOKER);
    expect((await look([agent])).homes).toMatchObject([{ verdict: 'alive', session: { pid } }]);
    globalThis.process.kill(pid, 'SIGKILL');
    await waitFor('its end', () => hasEnded(pid));
    const after = await look([agent]);
    expect(after.coverage.complete).toBe(true);
    expect(after.homes).toMatchObject([{ verdict: 'none', session: null }]);
  });

  it('says unknown while another user’s agent could be in the home', async () => {
    const { agent, pid, look } = await startAs(OTHER);
    const snapshot = await look([agent]);
    expect(snapshot.coverage.complete).toBe(false);
    expect(pidsOf(snapshot, 'cwd_denied')).toEqual([pid]);
    expect(snapshot.homes).toMatchObject([{ verdict: 'unknown', session: null }]);
    expect(snapshot.sessions).toEqual([]);
  });

  it('is not kept from an answer by another user’s zombie', async () => {
    const { scratch, agent, pid, look } = await startAs(OTHER);
    const parent = install('zombie', `${scratch}/bin/parent`);
    const terminal = await openTerminal(asUser(OTHER, parent, `${scratch}/bin/${agent}`), { cwd: '/' });
    const child = await programBelow(terminal.pid, agent);
    for (const number of [pid, child]) globalThis.process.kill(number, 'SIGKILL');
    await waitFor('the zombie', () => hasEnded(pid) && processRow(child)?.state === 'Z');
    const snapshot = await look([agent]);
    expect(snapshot.coverage).toMatchObject({ complete: true });
    expect(snapshot.homes).toMatchObject([{ verdict: 'none' }]);
  });

  it('leaves another user’s program out by its name, and says how many', async () => {
    const { agent, pid, look } = await startAs(OTHER, { named: 'editor' });
    const snapshot = await look([agent]);
    expect(snapshot.coverage).toMatchObject({ complete: true });
    expect(pidsOf(snapshot, 'excluded_by_name')).toContain(pid);
    expect(snapshot.homes).toMatchObject([{ verdict: 'none' }]);
  });

  it('leaves out nothing by its name where no commands are given', async () => {
    const { pid, look } = await startAs(OTHER, { named: 'editor' });
    const snapshot = await look(null);
    expect(pidsOf(snapshot, 'cwd_denied')).toContain(pid);
    expect(snapshot.homes).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('says unknown of another user’s agent that has lost its terminal', async () => {
    const { agent, pid, look } = await startAs(OTHER, { through: ['sh', '-c', 'setsid "$0" & wait'] });
    expect(processRow(pid)?.ttyNr).toBe(0);
    const snapshot = await look([agent]);
    expect(pidsOf(snapshot, 'cwd_denied')).toEqual([pid]);
    expect(snapshot.homes).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('says unknown of its own agent that lets nobody look into it', async () => {
    const { agent, pid, terminal, look } = await startAs(LOOKER);
    terminal.type('undumpable');
    await waitFor('the right to be lost', () => fs.statSync(`/proc/${pid}/environ`).uid === 0);
    const snapshot = await look([agent]);
    expect(pidsOf(snapshot, 'cwd_denied')).toEqual([pid]);
    expect(snapshot.homes).toMatchObject([{ verdict: 'unknown', session: null }]);
  });

  it('says unknown of a home that it may not look at', async () => {
    const { agent, scratch, look } = await startAs(LOOKER);
    fs.chmodSync(`${scratch}/homes`, 0o700);
    const snapshot = await look([agent]);
    expect(snapshot.coverage.reasons).toContainEqual({ code: 'home_unreadable', count: 1, pids: [] });
    expect(snapshot.homes).toMatchObject([
      { verdict: 'unknown', id: null, reason: expect.stringMatching(/^the directory may not be looked at/) },
    ]);
  });

  it('lists another user’s terminal as unknown without configuration', async () => {
    const { scratch, terminal, pid } = await startAs(OTHER);
    const snapshot = await observeThrough(scratch, asUser(LOOKER), {});
    const lines = snapshot.sessions.filter((session) => session.terminal?.name === terminal.name);
    expect(lines).toMatchObject([{ name: { text: terminal.name }, verdict: 'unknown', pid: null, cwd: null }]);
    expect(pidsOf(snapshot, 'cwd_denied')).toContain(pid);
  });
});
