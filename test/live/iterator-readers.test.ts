import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PINS_DIRECTORY } from '../../src/kernel/bpf/pins.ts';
import { install } from '../makers/c-program.ts';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { homesAt } from '../makers/look.ts';
import { asUser, inMountNamespace } from '../makers/namespaces.ts';
import { observeThrough } from '../makers/observe-elsewhere.ts';
import { processRow } from '../makers/process-table.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { pinTasks } from '../makers/task-pin.ts';
import { openTerminal } from '../makers/terminal.ts';
import { waitFor } from '../makers/wait-for.ts';

leavesNothingBehind();

const LOOKER = 3001;
const OTHER = 3002;
let agents = 0;

describe('observe() by the iterator, as somebody else', () => {
  requires('cc', 'the iterator', 'setpriv', 'mount namespaces', 'a node for every user', 'the whole machine');

  /** Another user's agent in one home, and an empty home; and a looker of whose group the pin is, or is not. */
  async function makeHomes(group: number) {
    const scratch = makeScratch();
    const pins = await pinTasks(scratch, group);
    const [home, empty] = makeDirectories(scratch, 'homes/ada', 'homes/empty');
    const name = `agent-${globalThis.process.pid % 100_000}-${++agents}`;
    const { pid } = await openTerminal(asUser(OTHER, install('agent', `${scratch}/bin/${name}`)), { cwd: home });
    await waitFor('the program', () => processRow(pid)?.comm === name);
    const look = (proc: string, through: readonly string[]) =>
      observeThrough(scratch, withPins(pins, proc, through), {
        homes: homesAt({ ada: home, empty }),
        commands: [name],
      });
    return { pid, home, name, look };
  }

  /** Runs a command where the pins are where plumb looks for them, and with a /proc of its own where that is asked. */
  function withPins(pins: string, proc: string, command: readonly string[]): string[] {
    const mounts = [
      'mount -t tmpfs -o mode=0755 tmpfs /run',
      `mkdir ${PINS_DIRECTORY}`,
      `mount --bind ${pins} ${PINS_DIRECTORY}`,
      ...(proc === '' ? [] : [`mount -t proc -o ${proc} proc /proc`]),
    ];
    return [...inMountNamespace(`${mounts.join('; ')}; exec "$@"`), 'sh', ...command];
  }

  it('shows who may read the pin the homes of all users, and which are empty', async () => {
    const { pid, home, name, look } = await makeHomes(LOOKER);
    const { coverage, homes } = await look('', asUser(LOOKER));
    expect(coverage).toMatchObject({ source: 'bpf', complete: true });
    expect(homes).toMatchObject([
      { name: { text: 'ada' }, verdict: 'alive', session: { pid, cwd: { text: home }, command: { text: name } } },
      { name: { text: 'empty' }, verdict: 'none' },
    ]);
    expect(homes[0]?.session?.terminal?.dev).not.toBeNull();
  });

  it('is as ever for who may not read it', async () => {
    const { pid, look } = await makeHomes(OTHER);
    const { coverage, homes } = await look('', asUser(LOOKER));
    expect(coverage).toMatchObject({ source: 'procfs', complete: false });
    expect(coverage.reasons.find(({ code }) => code === 'cwd_denied')?.pids).toEqual([pid]);
    expect(homes.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });

  it.each(['hidepid=1', 'hidepid=2', 'hidepid=4'])('shows what /proc hides with %s', async (proc) => {
    const { pid, look } = await makeHomes(LOOKER);
    const { coverage, homes } = await look(proc, asUser(LOOKER));
    expect(coverage.source).toBe('bpf');
    expect(homes[0]).toMatchObject({ verdict: 'alive', session: { pid } });
    expect(homes[1]?.verdict).toBe(coverage.complete ? 'none' : 'unknown');
  });

  it.each(['hidepid=1', 'hidepid=2', 'hidepid=4'])('does not know with %s what an interpreter runs', async (proc) => {
    const scratch = makeScratch();
    const pins = await pinTasks(scratch, LOOKER);
    const [home] = makeDirectories(scratch, 'homes/ada');
    const script = `${scratch}/agent.mjs`;
    fs.writeFileSync(script, 'setInterval(() => {}, 1_000_000);');
    const { pid } = await openTerminal(asUser(OTHER, globalThis.process.execPath, script), { cwd: home });
    await waitFor('the program', () => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`\0${script}\0`));
    await waitFor('it to run', () => processRow(pid)?.comm !== 'setpriv');
    const asked = { homes: homesAt({ ada: home }), commands: ['agent'] };
    const look = (kind: string) => observeThrough(scratch, withPins(pins, kind, asUser(LOOKER)), asked);
    const plain = await look('');
    expect(plain.homes[0]).toMatchObject({ verdict: 'alive', session: { pid } });
    const { coverage, homes } = await look(proc);
    expect(homes[0]?.verdict).toBe('unknown');
    expect(coverage.complete).toBe(false);
    expect(coverage.reasons.find(({ code }) => code === 'stat_denied')?.pids).toContain(pid);
  });

  it('counts in a pid namespace of its own as that does, and says that it sees no more', async () => {
    const { look } = await makeHomes(0);
    const { coverage, homes } = await look('', ['unshare', '-pf', '--kill-child', '--mount-proc']);
    expect(coverage.complete).toBe(false);
    expect(coverage.reasons.map(({ code }) => code)).toEqual(expect.arrayContaining(['hidden', 'pid_namespace']));
    expect(homes.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });

  it('tells the starts that a time namespace tells', async () => {
    const { pid, look } = await makeHomes(0);
    const [here, there] = [await look('', []), await look('', ['unshare', '-T', '--boottime', '1000', '-f'])];
    const ticksOf = ({ homes }: typeof here) => BigInt(homes[0]?.session?.startTimeTicks ?? 0);
    expect(there.homes[0]).toMatchObject({ verdict: 'alive', session: { pid } });
    expect(there.coverage.source).toBe('bpf');
    expect(ticksOf(there) - ticksOf(here)).toBe(100_000n);
  });
});
