import type { RunOptions } from './model.ts';
import type { RunCgroups } from './world/cgroups.ts';

/** What the process of one run is told. */
export interface RunOrder {
  readonly run: RunOptions;
  readonly cgroups: RunCgroups;
  /** The directory of the bundled programs, below which the run has one of its own. */
  readonly entries: string;
  readonly plumb: string;
  /** The file for what came of it. */
  readonly result: string;
}
