import type { TerminalHolder } from './pane.ts';
import type { ProcessStat } from './process.ts';
import type { Joined } from './session-tag.ts';
import type { Terminal, TerminalMode, TerminalTimes } from './terminal.ts';
import type { Text } from './text.ts';

/** A process that holds a terminal's master. */
export type MasterHolder = Pick<TerminalHolder, 'pid' | 'startTimeTicks' | 'name'>;

/** What waits in a terminal, and how it treats what is typed; null where it could not be asked. */
export interface TerminalQueue {
  readonly unreadBytes: number | null;
  readonly mode: TerminalMode | null;
}

/** A terminal, as the relation of terminals tells it. */
export interface TerminalEntry extends Joined {
  readonly terminal: Terminal;
  /** Null where it may not be looked at. */
  readonly times: TerminalTimes | null;
  /** Everybody who holds its master, as far as that was seen; null where nobody was seen who should. */
  readonly holders: readonly MasterHolder[] | null;
  /** The one of them who has opened it; null where none is seen, or several are. */
  readonly holder: MasterHolder | null;
  /** Null where no process is on it, or none that is seen. */
  readonly leader: ProcessStat | null;
  /** The number of its foreground process group, and the first process of that; null where not known. */
  readonly foregroundGroup: number | null;
  readonly foreground: ProcessStat | null;
  readonly queue: TerminalQueue;
  /** In which pane it is shown: `work:1.0 %7`; null where nobody asked, too. */
  readonly pane: Text | null;
}
