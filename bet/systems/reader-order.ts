import type { SystemName } from '../model.ts';

/** All that a reader is told when it is started: its one argument, as JSON. */
export interface ReaderOrder {
  readonly system: SystemName;
  /** What this machine calls itself. */
  readonly host: string;
  readonly sessions: readonly string[];
  /** The pattern of the homes, and how plumbline recognises agents. */
  readonly homes: string;
  readonly command: string;
  /** The built command, and its configuration. */
  readonly plumb: string;
  readonly configFile: string;
  readonly tmux: { readonly directory: string; readonly sockets: readonly string[] };
  /** The database that it asks, as its own role; empty where it asks none. */
  readonly url: string;
  /** The pid file of each session. */
  readonly pidFiles: readonly (readonly [session: string, file: string])[];
}
