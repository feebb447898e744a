import type { ProcessStat } from './process.ts';
import type { Joined, SessionTag } from './session-tag.ts';
import type { Socket } from './socket.ts';
import type { SocketHolder } from './socket-holder.ts';

/** A socket, with who has it. */
export interface Connection extends Joined {
  readonly socket: Socket;
  /**
   * Who has it open, the oldest process first. Empty where nobody has: its last descriptor was closed, or it waits to be
   * accepted. Null where somebody should have it, and nobody was seen with it.
   */
  readonly holders: readonly SocketHolder[] | null;
  /** The session that each process counts to, of all processes that hold sockets. */
  readonly tags: ReadonlyMap<ProcessStat, SessionTag>;
  /** The oldest process at the other end of a Unix socket; null where none was seen. */
  readonly peer: SocketHolder | null;
  /** The path of the other end of a Unix socket: of a client its server's. */
  readonly peerPath: Socket['path'];
}
