import type { ProcessStat } from './process.ts';

/** A process that has a socket open. */
export interface SocketHolder {
  /** As it was when its descriptors were read. */
  readonly stat: ProcessStat;
  /** The numbers of its descriptors that lead to the socket, as they stand in /proc/<pid>/fd. */
  readonly fds: readonly string[];
}
