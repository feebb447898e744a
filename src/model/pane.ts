import type { Terminal } from './terminal.ts';
import { type ByteString, type Text, toBytes, toText } from './text.ts';

/** A server of a terminal multiplexer: the process that holds the terminals of its panes. */
export interface PaneServer {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  /** Its pid as it counts itself: another one where it runs in a pid namespace of its own. */
  readonly innerPid: number;
  /** Who started it: its clients are run as this user, so that it can make them do nothing that it may not do itself. */
  readonly uid: number;
  readonly gid: number;
  /** Where it listens, as a path that we can reach. */
  readonly socket: ByteString;
  /** Its program file, as a path that leads to it even after an upgrade has replaced it. */
  readonly program: ByteString;
}

/** A multiplexer's window on a terminal. */
export interface Pane {
  /** `tmux`, `screen`. */
  readonly multiplexer: string;
  readonly server: PaneServer;
  /**
   * tmux: `%7`, given once in a server's life. screen: the number of the window, where there is only one; null where
   * there are several, since screen does not say which of them shows which terminal.
   */
  readonly id: string | null;
  /** Where a person finds it: `work:1.0`, `12345.work:0`; `12345.work` where the window is not known. */
  readonly address: Text;
  /** Where grouped sessions show it as well. */
  readonly alsoAt: readonly Text[];
  /** The process that the multiplexer has started in it, as the server counts pids. */
  readonly firstPid: number | null;
}

/** A process that holds the master side of a terminal: what it writes there, the terminal's programs read. */
export interface TerminalHolder {
  readonly pid: number;
  readonly startTimeTicks: bigint;
  /** What it calls itself. */
  readonly name: Text;
  /** Its descriptor of the master. */
  readonly fd: number;
  /** Its own controlling terminal; null where it has none. */
  readonly terminal: Terminal | null;
  /** Whether it is in the foreground there; null where it has none, or that is unknown. */
  readonly foreground: boolean | null;
}

/** One step outward: a terminal, and who holds its master. */
export interface TerminalLink {
  readonly terminal: Terminal;
  readonly holder: TerminalHolder;
}

/**
 * In which pane a terminal is shown, found outward from it; `links` says how, the session's own terminal first.
 * `none`: the way ends elsewhere, at sshd or a console. `unknown`: it could not be followed.
 */
export type PaneSight = { readonly links: readonly TerminalLink[] } & (
  | { readonly kind: 'pane'; readonly pane: Pane }
  | { readonly kind: 'none' | 'unknown'; readonly why: string }
);

/**
 * How a pane is told in one word: `work:1.0 %7`. The number of a screen window is in its address already: `12345.work:0`,
 * and `12345.work:?` where it is not known.
 */
export function paneWord({ multiplexer, id, address }: Pick<Pane, 'multiplexer' | 'id' | 'address'>): Text {
  if (id === null) return toText(`${toBytes(address)}${UNKNOWN_WINDOW}`);
  return multiplexer === 'screen' ? address : toText(`${toBytes(address)} ${id}`);
}

/** Stands for the number of a window that is not known. */
export const UNKNOWN_WINDOW = ':?';
