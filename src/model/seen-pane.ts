import type { Pane } from './pane.ts';
import type { Snapshot } from './snapshot.ts';
import type { Terminal } from './terminal.ts';
import type { Text } from './text.ts';

/** One pane of a multiplexer, with what is in it. */
export interface SeenPane {
  readonly pane: Pane;
  /** The window's name; null where the window is not known. */
  readonly title: Text | null;
  /** The terminal that it shows; null where that is not known, and for a dead one. */
  readonly terminal: Pick<Terminal, 'name' | 'dev' | 'index'> | null;
  /** Its program has ended, and it is kept. */
  readonly dead: boolean;
  /** What stands in the way of what is typed: `copy mode`, `input off`, `synchronized panes`. */
  readonly obstacles: readonly string[];
  /** The names of the sessions in it; more than one where terminals lie within terminals. */
  readonly sessions: readonly Text[];
  /** What is in the foreground of its terminal; null where that is not seen. */
  readonly foreground: { readonly pid: number; readonly command: Text } | null;
}

/** A server of a multiplexer, and whether it has told its panes. */
export interface SeenServer {
  readonly multiplexer: string;
  readonly pid: number;
  /** Where it listens; null where that may not be seen. */
  readonly socket: Text | null;
  /** Why its panes are not told; null where they are. */
  readonly unlistedBecause: string | null;
  /** What would mend that; empty where there is nothing. */
  readonly hint: string;
}

/** Every pane of every multiplexer within sight. */
export interface PanesSeen {
  /** The look that the sessions are from. */
  readonly snapshot: Snapshot;
  readonly servers: readonly SeenServer[];
  readonly panes: readonly SeenPane[];
}
