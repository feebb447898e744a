import { SqlError } from '../../sql/sql-error.ts';
import type { EndpointLimits } from './endpoint-options.ts';

/** What kind of place is asked for. */
export interface SeatRequest {
  /** One of those may take what is kept. */
  readonly isPrivileged: boolean;
}

/** How many are here: those that have been let in, and of each peer those that have not said yet who they are. */
export class Seats {
  readonly #limits: Pick<EndpointLimits, 'connections' | 'reserved' | 'pendingPerPeer'>;
  readonly #waiting = new Map<string, number>();
  #taken = 0;

  constructor(limits: Pick<EndpointLimits, 'connections' | 'reserved' | 'pendingPerPeer'>) {
    this.#limits = limits;
  }

  /**
   * Somebody has connected.
   * @param peer what tells it from others
   * @returns what is to be called once it is let in or gone; null where too many of it wait already
   */
  wait(peer: string, { isAllowed }: { readonly isAllowed: boolean }): (() => void) | null {
    const most = isAllowed ? this.#limits.connections : this.#limits.pendingPerPeer;
    const count = this.#waiting.get(peer) ?? 0;
    if (count >= most) return null;
    this.#waiting.set(peer, count + 1);
    return once(() => {
      const left = (this.#waiting.get(peer) ?? 0) - 1;
      if (left > 0) this.#waiting.set(peer, left);
      else this.#waiting.delete(peer);
    });
  }

  /**
   * Somebody may come in.
   * @returns what is to be called once it is gone
   * @throws {SqlError} `53300`, fatal, where there is no place
   */
  take({ isPrivileged }: SeatRequest): () => void {
    const { connections, reserved } = this.#limits;
    if (this.#taken >= connections) throw tooMany('sorry, too many clients already');
    if (!isPrivileged && this.#taken >= connections - reserved) {
      throw tooMany('the remaining connections are kept for root and for the user that the server runs as');
    }
    this.#taken++;
    return once(() => {
      this.#taken--;
    });
  }
}

/** What a client is told for whom there is no place. */
export function tooMany(message = 'sorry, too many clients already'): SqlError {
  return new SqlError('53300', message, { isFatal: true, hint: 'try again later, or start the server with more' });
}

function once(call: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) call();
    isDone = true;
  };
}
