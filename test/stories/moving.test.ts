import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/kernel/machine.ts';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { observe } from '../../src/observe.ts';
import { parseStory } from './story.ts';
import { sceneOf } from './story-scene.ts';

/** Two agents, one home, and where each of them is. */
function machineWith(first: string, second: string): Machine {
  const story = `
    homes /srv/agents/*
    commands claude
    dir /srv/agents/ada
    proc 200 claude tty=pts/1 fg cwd=${second}
    proc 100 claude tty=pts/0 fg cwd=${first}
  `;
  return replayMachine(sceneOf(parseStory(story)));
}

/** A machine that changes when it is asked for a process in full. */
function changing(now: () => Machine, onOpen: (pid: number) => void): Machine {
  return {
    files: now().files,
    now: now().now,
    askRemote: now().askRemote,
    procfs: {
      selfPid: now().procfs.selfPid,
      list: () => now().procfs.list(),
      read: (name) => now().procfs.read(name),
      readlink: (name) => now().procfs.readlink(name),
      readStat: (pid) => now().procfs.readStat(pid),
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
    expect(homes).toMatchObject([{ verdict: 'unknown', reason: 'no session is in it (seen once)' }]);
    expect(await observe({ ...question, machine })).toMatchObject({ homes: [{ verdict: 'none' }] });
  });

  it('says `none` though one agent wanders about elsewhere: alone it changes places with nobody', async () => {
    let places = 0;
    const machine = changing(
      () => machineWith(`/work${'/on'.repeat(places)}`, '/root'),
      (pid) => {
        if (pid === 100) places++;
      },
    );
    expect(await observe({ ...question, machine })).toMatchObject({ homes: [{ verdict: 'none' }] });
  });

  it('does not know where two wander about all the time', async () => {
    let places = 0;
    const machine = changing(
      () => machineWith(`/work${'/on'.repeat(places)}`, `/play${'/on'.repeat(places)}`),
      () => places++,
    );
    const { homes, coverage } = await observe({ ...question, machine });
    expect(homes).toMatchObject([{ verdict: 'unknown' }]);
    expect(coverage).toMatchObject({ complete: false, reasons: [{ code: 'unstable', pids: [100, 200] }] });
  });
});
