import { CoverageLog } from '../../src/kernel/coverage.ts';
import { resolveHomes } from '../../src/kernel/homes.ts';
import { MountTables } from '../../src/kernel/mounts.ts';
import { scanProcesses } from '../../src/kernel/processes.ts';
import { replayMachine } from '../../src/kernel/scene/replay.ts';
import { readShells } from '../../src/kernel/shells.ts';
import { PF } from '../../src/model/process.ts';
import type { Story } from '../stories/story.ts';
import { sceneOf } from '../stories/story-scene.ts';
import type { Scene } from './sql-election.ts';

/** What keeps facts of a story from us, and not from its kernel. */
const DENIALS = new Set(['cwd-denied', 'exe-denied', 'stat-denied']);

/** A story as its kernel knows it: everybody in full, whoever may not be seen. */
export async function knownToKernel(story: Story): Promise<Scene> {
  const processes = story.processes
    .filter(({ fields }) => !fields.has('tgid'))
    .map((it) => ({ ...it, words: new Set([...it.words].filter((word) => !DENIALS.has(word))) }));
  const machine = replayMachine(sceneOf({ ...story, processes, hidden: [], denied: [], rows: [] }));
  const log = new CoverageLog();
  const mounts = new MountTables(machine.procfs, log).own();
  const { homes } = await resolveHomes(machine, story.homes, { mounts, log });
  const shells = readShells(machine.files);
  const isHome = (id: { readonly dev: bigint; readonly ino: bigint }) => {
    return homes.some((home) => home.ino === id.ino && home.dev === id.dev);
  };
  const { stats, facts } = await scanProcesses(
    machine,
    {
      *select(all) {
        for (const stat of all.values()) if ((stat.flags & PF.KTHREAD) === 0) yield [stat.pid];
      },
      mayBeSession: () => true,
      wantsCwd: () => true,
      isHome,
      homes: null,
      named: new Set(),
      terminalsInFull: false,
      goesOnAbove: () => false,
      remoteHomes: false,
      identifyPrograms: false,
      readsNamespaces: false,
      wantsStdin: () => false,
    },
    log,
  );
  return {
    stats,
    facts,
    homes,
    commands: story.commands,
    terminalOptional: story.terminal === 'optional',
    shells: [...shells],
  };
}
