import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/kernel/machine.ts';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { observe } from '../../src/observe.ts';
import { parseStory } from './story.ts';
import { sceneOf } from './story-scene.ts';

/** Two agents, one home, and where each of them is. */
function machineWith(first: string, second: string, more: readonly string[] = []): Machine {
  const story = `
    homes /srv/agents/*
    commands claude
    dir /srv/agents/ada
    ${more.map((name) => `dir /srv/agents/${name}`).join('\n')}
    proc 200 claude tty=pts/1 fg cwd=${second}
    proc 100 claude tty=pts/0 fg cwd=${first}
  `;
  return replayMachine(sceneOf(parseStory(story)));
}

/** A machine that changes when it is asked for a process in full. */
function changing(now: () => Machine, onOpen: (pid: number) => void): Machine {
  return {
    tasks: null,
    files: now().files,
    now: now().now,
    isLive: false,
    askRemote: now().askRemote,
    procfs: {
      selfPid: now().procfs.selfPid,
      root: null,
      list: () => now().procfs.list(),
      read: (name) => now().procfs.read(name),
      readlink: (name) => now().procfs.readlink(name),
      readStat: (pid) => now().procfs.readStat(pid),
      bracket: (pid, read) => now().procfs.bracket(pid, read),
      links: (pid, directory, prefix) => now().procfs.links(pid, directory, prefix),
      exists: (pid) => now().procfs.exists(pid),
      open(pid) {
        onOpen(pid);
        return now().procfs.open(pid);
      },
    },
  };
}

const question = { homes: parseStory('homes /srv/agents/*').homes, commands: ['claude'] };

describe('observe() of agents that move while it looks', () => {
  it('finds the one that came in behind its back, when the other left before it was read', async () => {
    let now = machineWith('/root', '/srv/agents/ada');
    const machine = changing(
      () => now,
      (pid) => {
        if (pid === 200) now = machineWith('/srv/agents/ada', '/root');
      },
    );
    const { sessions, homes } = await observe({ ...question, machine });
    expect(homes.map(({ verdict }) => verdict)).toEqual(['alive']);
    expect(sessions.map(({ pid }) => pid)).toEqual([100]);
  });

  it('does not say `none` of a single look where nobody asked for proof', async () => {
    const machine = machineWith('/root', '/root');
    const { homes } = await observe({ ...question, proveAbsence: false, machine });
    const reason = 'no session is in it (which one look alone does not prove)';
    expect(homes).toMatchObject([{ verdict: 'unknown', reason }]);
    expect(await observe({ ...question, machine })).toMatchObject({ homes: [{ verdict: 'none' }] });
  });

  it('does not take a home for empty that one of its looks saw in use, because another home is empty', async () => {
    let opened = 0;
    const quiet = () => machineWith('/srv/agents/ada', '/root', ['bob']);
    const swapped = () => machineWith('/root', '/root', ['bob']);
    // Both are outside in every second look: each time they have changed places while it looked.
    const machine = changing(
      () => (Math.floor((opened - 1) / 2) % 2 === 0 ? quiet() : swapped()),
      () => opened++,
    );
    for (let looks = 0; looks < 4; looks++) {
      const { homes } = await observe({ ...question, machine });
      expect(homes.find(({ name }) => name.text === 'ada')?.verdict).not.toBe('none');
    }
  });

  it('says `none` once those that wandered about have settled', async () => {
    let places = 0;
    const machine = changing(
      () => machineWith(`/way${'/on'.repeat(Math.min(places, 3))}`, '/root'),
      (pid) => {
        if (pid === 100) places++;
      },
    );
    expect(await observe({ ...question, machine })).toMatchObject({ homes: [{ verdict: 'none' }] });
  });

  it('does not know where one wanders about all the time', async () => {
    let places = 0;
    const machine = changing(
      () => machineWith(`/way${'/on'.repeat(places)}`, '/root'),
      () => places++,
    );
    const { homes, coverage } = await observe({ ...question, machine });
    expect(homes).toMatchObject([{ verdict: 'unknown' }]);
    expect(coverage).toMatchObject({ complete: false, reasons: [{ code: 'unstable', pids: [100] }] });
  });
});
