import type net from 'node:net';
import { PlumblineError } from '../../model/errors.ts';
import { backend } from '../../sql/protocol/backend.ts';
import type { SqlSession } from '../../sql/session/session.ts';
import { SqlError } from '../../sql/sql-error.ts';
import { addressText, type ListenAddress } from './address.ts';
import { authenticate } from './authenticate.ts';
import type { CancelKeys } from './cancel-keys.ts';
import { asFatal, Client } from './client.ts';
import { ClientStream } from './client-stream.ts';
import type { ListenOptions } from './endpoint-options.ts';
import type { Peer, Peers } from './peers.ts';
import { type Seats, tooMany } from './seats.ts';
import { agree, type Beginning, begin } from './startup.ts';
import { type ClientStartup, startupSettings } from './startup-settings.ts';
import type { TlsIdentity } from './tls-context.ts';
import { type MadeUpVerifiers, readUsersFile } from './users.ts';

/** Makes the session of a client who has been let in. */
export type MakeSession = (
  startup: ReadonlyMap<string, string>,
  send: (frames: Uint8Array) => Promise<void> | void,
) => SqlSession;

/** What all connections of a server share. */
export interface Connections {
  readonly options: ListenOptions;
  readonly makeSession: MakeSession;
  readonly identity: TlsIdentity | null;
  readonly peers: Peers;
  readonly keys: CancelKeys;
  readonly seats: Seats;
  readonly madeUp: MadeUpVerifiers;
  readonly all: Set<Connection>;
}

/** What may come before it is asked for. */
const UNREAD_BYTES = 128 * 1024;

/** One connection, from its first byte to its last. */
export class Connection {
  /** It is gone, and nothing of it is left. */
  readonly ended: Promise<void>;
  readonly #shared: Connections;
  readonly #stream: ClientStream;
  readonly #where: ListenAddress;
  readonly #peer: Peer;
  #client: Client | null = null;

  constructor(socket: net.Socket, where: ListenAddress, shared: Connections) {
    this.#shared = shared;
    this.#where = where;
    this.#peer = shared.peers.of(socket, where);
    const { stallMs } = shared.options.limits;
    const onStalled = (): void => this.#tell('thrown_out', `has taken nothing of what it was sent for ${stallMs} ms`);
    this.#stream = new ClientStream(socket, { unreadBytes: UNREAD_BYTES, stallMs, onStalled });
    shared.all.add(this);
    this.ended = this.#run();
  }

  /** The server ends. */
  close(how: { readonly isNow: boolean }): void {
    if (this.#client !== null) this.#client.close(how);
    else this.#stream.destroy();
    if (how.isNow) this.#stream.destroy();
  }

  async #run(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#stream.onGone(resolve));
    try {
      await this.#letIn();
    } catch (error) {
      this.#fail(error);
    } finally {
      // Whatever has ended it, the socket goes.
      this.#stream.end();
      await gone;
      this.#shared.all.delete(this);
    }
  }

  async #letIn(): Promise<void> {
    const { seats, peers, options } = this.#shared;
    const isAllowed = peers.isAllowed(this.#peer);
    const leaveQueue = seats.wait(nameOf(this.#peer), { isAllowed });
    if (leaveQueue === null) throw tooMany();
    const late = setTimeout(() => {
      this.#tell('thrown_out', `has not said who it is for ${options.limits.authenticationMs} ms`);
      this.#stream.destroy();
    }, options.limits.authenticationMs);
    let leave: (() => void) | null = null;
    try {
      const beginning = await begin(this.#stream, this.#where.kind === 'unix' ? null : this.#shared.identity);
      if (beginning?.kind === 'cancel') this.#shared.keys.cancel(beginning);
      if (beginning?.kind !== 'startup') return;
      const startup = await this.#whoIs(beginning, isAllowed);
      if (startup === null) return;
      leave = seats.take({ isPrivileged: peers.isPrivileged(this.#peer) });
      clearTimeout(late);
      leaveQueue();
      await this.#serve(startup, beginning.minor);
    } finally {
      clearTimeout(late);
      leaveQueue();
      leave?.();
    }
  }

  /** @returns null where it has gone */
  async #whoIs(beginning: Beginning & { readonly kind: 'startup' }, isAllowed: boolean): Promise<ClientStartup | null> {
    const { options, identity, madeUp } = this.#shared;
    const startup = startupSettings(await agree(this.#stream, beginning));
    const { user } = startup;
    const { usersFile } = options;
    const isIn = await authenticate(this.#stream, user, {
      peer: this.#peer,
      isAllowed,
      isSecure: beginning.tls !== null,
      endPoint: beginning.tls === null ? null : (identity?.endPoint ?? null),
      verifierOf: usersFile === null ? null : () => readUsersFile(usersFile).get(user) ?? madeUp.of(user),
    });
    return isIn ? startup : null;
  }

  async #serve({ parameters }: ClientStartup, minor: number): Promise<void> {
    const { keys, makeSession, options } = this.#shared;
    const stream = this.#stream;
    const session = makeSession(parameters, (frames) => stream.send(frames));
    const client = new Client(stream, session, options.limits);
    const key = keys.add(minor >= 2 ? 32 : 4, () => client.cancel());
    try {
      this.#client = client;
      const end = await client.serve(key);
      if (end.kind === 'thrown_out' && !end.isShutdown) {
        this.#tell('thrown_out', `${end.error.message} (${end.error.sqlState})`);
      }
    } finally {
      keys.remove(key);
    }
  }

  /** Before there is a session; what comes after is said by the client's own conversation. */
  #fail(error: unknown): void {
    if (error instanceof SqlError) {
      this.#tell('refused', `${error.message} (${error.sqlState})`);
      this.#stream.end(backend.errorResponse(asFatal(error)));
      return;
    }
    if (error instanceof PlumblineError) {
      this.#tell('refused', `${error.message}: ${error.hint}`);
      this.#stream.end(backend.errorResponse(failure('58000', 'nobody can log in now')));
      return;
    }
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#tell('bug', why);
    this.#stream.end(backend.errorResponse(failure('XX000', 'the server has failed')));
  }

  #tell(kind: 'refused' | 'thrown_out' | 'bug', what: string): void {
    this.#shared.options.onEvent({ kind, message: `${addressText(this.#where)}: ${nameOf(this.#peer)}: ${what}` });
  }
}

/** Why is for those who run the server. */
function failure(sqlState: string, message: string): SqlError {
  return new SqlError(sqlState, message, { hint: 'the log of the server says more', isFatal: true });
}

/** What tells a peer from others, and to people who it is. */
function nameOf(peer: Peer): string {
  if (peer.kind === 'user') return `user ${peer.uid}`;
  return peer.kind === 'network' ? peer.address : 'somebody';
}
