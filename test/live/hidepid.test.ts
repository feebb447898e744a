import { describe, expect, it } from 'vitest';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser, withProcMounted } from '../makers/namespaces.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const LOOKER = 3001;

describe('observe() through a /proc that hides processes', () => {
  requires('cc', 'root', 'mount namespaces', 'setpriv', 'a node for every user', 'procfs options of each mount');

  /** Root's agent in one home, the looker's own in another, and an empty home. */
  async function makeHomes() {
    const scratch = makeScratch();
    const [roots, own, empty] = makeDirectories(scratch, 'homes/roots', 'homes/own', 'homes/empty');
    const claude = install('agent', `${scratch}/bin/claude`);
    const rootAgent = await openTerminal([claude], { cwd: roots });
    const ownAgent = await openTerminal(asUser(LOOKER, claude), { cwd: own });
    await waitFor('the looker’s agent', () => processRow(ownAgent.pid)?.comm === 'claude');
    const look = (through: readonly string[]) =>
      observeThrough(scratch, through, { homes: homesAt({ roots, own, empty }), commands: ['claude'] });
    return { rootAgent, ownAgent, look };
  }

  it.each([
    ['hidepid=1', ['stat_denied']],
    ['hidepid=2', ['hidden']],
    ['hidepid=4', ['hidden']],
    ['subset=pid', ['cwd_denied', 'uncountable']],
  ])('under %s shows a user what is his, and says of the rest only that it is unknown', async (options, codes) => {
    const { rootAgent, ownAgent, look } = await makeHomes();
    const { homes, coverage, sessions } = await look(withProcMounted(options, ...asUser(LOOKER)));
    expect(coverage.complete).toBe(false);
    const told = coverage.reasons.map((reason) => reason.code).filter((code) => code !== 'excluded_by_name');
    expect(told).toEqual(codes);
    expect(homes).toMatchObject([
      { name: { text: 'empty' }, verdict: 'unknown', session: null },
      { name: { text: 'own' }, verdict: 'alive', session: { pid: ownAgent.pid, terminal: { name: ownAgent.name } } },
      { name: { text: 'roots' }, verdict: 'unknown', session: null },
    ]);
    expect(sessions).toHaveLength(1);
    const named = coverage.reasons.flatMap((reason) => reason.pids);
    if (!codes.includes('hidden')) expect(named).toContain(rootAgent.pid);
  });

  it.each(['hidepid=1', 'hidepid=2', 'hidepid=4'])('under %s shows root every session', async (options) => {
    const { rootAgent, ownAgent, look } = await makeHomes();
    const { homes, coverage } = await look(withProcMounted(options));
    // Where a container manager keeps even root from a process, hidepid=4 hides it: then it must say so.
    const empty = coverage.complete ? 'none' : 'unknown';
    expect(homes).toMatchObject([
      { name: { text: 'empty' }, verdict: empty },
      { name: { text: 'own' }, verdict: 'alive', session: { pid: ownAgent.pid } },
      { name: { text: 'roots' }, verdict: 'alive', session: { pid: rootAgent.pid } },
    ]);
  });

  it('under subset=pid shows root every session, and never that a home is empty', async () => {
    const { rootAgent, ownAgent, look } = await makeHomes();
    const { homes, coverage, host } = await look(withProcMounted('subset=pid'));
    expect(coverage).toMatchObject({ complete: false, reasons: [{ code: 'uncountable' }] });
    expect(host.bootId).toBeNull();
    expect(homes).toMatchObject([
      { name: { text: 'empty' }, verdict: 'unknown' },
      { name: { text: 'own' }, verdict: 'alive', session: { pid: ownAgent.pid, startedAt: null } },
      { name: { text: 'roots' }, verdict: 'alive', session: { pid: rootAgent.pid } },
    ]);
  });
});
