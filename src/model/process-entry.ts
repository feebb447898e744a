import type { ProcessStat } from './process.ts';
import type { Joined } from './session-tag.ts';

/** A process, as the relation of processes tells it. */
export interface ProcessEntry extends Joined {
  readonly stat: ProcessStat;
}
