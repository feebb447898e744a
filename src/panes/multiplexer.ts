import type { ServerProcess, ServerTerminals } from '../kernel/servers.ts';
import type { Pane, PaneServer } from '../model/pane.ts';
import type { ByteString } from '../model/text.ts';
import type { ClientRun, ClientSilence, RunClient } from './client.ts';
import type { Typing } from './typing.ts';

/** A pane as its server lists it. */
export interface ListedPane {
  readonly pane: Pane;
  /** N of the pts/N that it shows, in the server's devpts instance; null where that is not known. */
  readonly ttyIndex: number | null;
  /** The window's name; null where the window is not known. */
  readonly title: ByteString | null;
  /** Its program has ended, and the pane is kept. */
  readonly dead: boolean;
  /** What stands in the way of what is typed: `copy mode`, `input off`, `synchronized panes`. */
  readonly obstacles: readonly string[];
}

/** What a server has answered, or why it has not. */
export type Listing = { readonly panes: readonly ListedPane[] } | ClientSilence;

/** A kind of multiplexer: all that plumbline knows of it stands in the file that makes one of these. */
export interface Multiplexer {
  readonly name: string;
  /** Whether a process may be a server of this kind, by what it calls itself: then it is looked into. */
  mayBe(comm: ByteString): boolean;
  /** Where this server listens for its clients; null where it is none after all; or why that is not known. */
  socketOf(server: ServerProcess): ByteString | ClientSilence | null;
  /** Asks which version a server's program is. */
  version(server: PaneServer): ClientRun;
  /** All panes of a server, by one run of its client. */
  list(server: PaneServer, options: ListOptions): Promise<Listing>;
  /** The command by which a person sees the same. */
  check(pane: Pane): string;
  /** A way to type into a pane. */
  typing(pane: Pane, run: RunClient, signal?: AbortSignal): Typing;
  /** Whether its server verifies the pane in one step with the typing: then it is the best way. */
  readonly checksAsItTypes: boolean;
}

/** How a server is asked. */
interface ListOptions {
  readonly run: RunClient;
  /** What it holds and has started on terminals: screen does not say which terminal a window shows. */
  readonly terminals: () => ServerTerminals;
  readonly signal?: AbortSignal | undefined;
}
