import type { Outcome } from '../model/outcome.ts';
import { liveTasks, type TaskSource } from './bpf/task-source.ts';
import type { Files } from './files.ts';
import { liveFiles } from './files-live.ts';
import type { Procfs } from './procfs.ts';
import { liveProcfs } from './procfs-live.ts';
import { askRemote, type RemoteAnswer, type RemoteQuestion } from './remote-stat.ts';

/** Everything that a look asks: this machine, or a recorded scene of one. */
export interface Machine {
  /** Whether it is a machine that runs, whose servers can be asked; a recorded one starts nothing. */
  readonly isLive: boolean;
  readonly procfs: Procfs;
  readonly files: Files;
  /** The kernel's iterator over all processes; null where there can be none. */
  readonly tasks: TaskSource | null;
  readonly now: () => Date;
  /** Questions to file systems that may not answer. */
  readonly askRemote: (questions: readonly RemoteQuestion[]) => Promise<Outcome<RemoteAnswer>[]>;
}

/** This machine. */
export function liveMachine(procRoot = '/proc'): Machine {
  return {
    isLive: true,
    procfs: liveProcfs(procRoot),
    files: liveFiles,
    tasks: liveTasks(),
    now: () => new Date(),
    askRemote,
  };
}
