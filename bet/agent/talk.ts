/** What agents and the harness tell each other, one JSON line each, over a socket that the kernel closes when the process ends or starts another program. */
import type { AgentRole } from '../world/contract.ts';

/** What an agent is started with: a file beside its program, since a container has no other way to it. */
export interface AgentSettings {
  readonly truthSocket: string;
  readonly database: { readonly host: string; readonly port: number; readonly database: string };
  /** The directory of the pid files. */
  readonly pidFiles: string;
  /** Who lives on when its terminal hangs up. */
  readonly ignoring: readonly string[];
}

/** What costs an agent CPU time for a system's sake. */
export type Beat = AgentRole | 'pid file';

export type AgentSays =
  | { readonly says: 'hello'; readonly name: string; readonly host: string; readonly pid: number }
  /** A beat has got through; null where what it cost cannot be told from other work. */
  | { readonly says: 'beat'; readonly beat: Beat; readonly cpuMs: number | null }
  | { readonly says: 'pong' }
  /** It ends by itself now. */
  | { readonly says: 'leaving' }
  /** Of the work that it was given: how late its own timers were at the worst. */
  | { readonly says: 'late'; readonly ms: number };

export type AgentOrder =
  | { readonly order: 'exit' | 'exec' | 'exec-shell' | 'hang' | 'eat' | 'ping' }
  /** Have something to compute for so long. */
  | { readonly order: 'work'; readonly ms: number };
