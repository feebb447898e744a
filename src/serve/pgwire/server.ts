import { PlumblineError } from '../../model/errors.ts';
import { addressText, type ListenAddress, parseAddress } from './address.ts';
import { CancelKeys } from './cancel-keys.ts';
import { Connection, type Connections, type MakeSession } from './connection.ts';
import type { Endpoint, ListenOptions } from './endpoint-options.ts';
import { type Listener, listen } from './listener.ts';
import { loadPeers, type Peers } from './peers.ts';
import { Seats } from './seats.ts';
import { loadTls } from './tls-context.ts';
import { checkUsersFile, MadeUpVerifiers } from './users.ts';

/** How a server is made, beside where it listens. */
export interface ServerParts {
  readonly makeSession: MakeSession;
  /** Who connects is found out by these; default: those of this machine. */
  readonly peers?: Peers;
}

/** Sockets of one listener beside those that may stay: they are told that there is no place. */
const SPARE_SOCKETS = 256;

/**
 * Listens, and serves whoever may connect.
 * @throws {PlumblineError} `config` where an address is not allowed, taken or not there, or a file cannot be used
 */
export async function startServer(options: ListenOptions, parts: ServerParts): Promise<Endpoint> {
  const addresses = options.addresses.flatMap(parseAddress);
  checkNetwork(options, addresses);
  const identity = options.tls === null ? null : loadTls(options.tls);
  if (options.usersFile !== null) checkUsersFile(options.usersFile);
  const peers = parts.peers ?? (await loadPeers({ addresses, allowedUsers: options.allowedUsers }));
  const shared: Connections = {
    options,
    makeSession: parts.makeSession,
    identity,
    peers,
    keys: new CancelKeys(),
    seats: new Seats(options.limits),
    madeUp: new MadeUpVerifiers(),
    all: new Set(),
  };
  const listeners = await listenAtAll(shared);
  return new RunningServer(listeners, shared);
}

class RunningServer implements Endpoint {
  readonly addresses: readonly string[];
  readonly #listeners: readonly Listener[];
  readonly #shared: Connections;
  #closed: Promise<void> | null = null;

  constructor(listeners: readonly Listener[], shared: Connections) {
    this.addresses = listeners.map(({ address }) => addressText(address));
    this.#listeners = listeners;
    this.#shared = shared;
    shared.options.onEvent({ kind: 'listening', message: `listening at ${this.addresses.join(', ')}` });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { options, all, peers } = this.#shared;
    options.onEvent({ kind: 'closing', message: `closing; ${all.size} connected` });
    for (const listener of this.#listeners) listener.close();
    for (const connection of all) connection.close({ isNow: false });
    const late = setTimeout(() => {
      for (const connection of all) connection.close({ isNow: true });
    }, options.limits.graceMs);
    await Promise.all([...all].map(({ ended }) => ended));
    clearTimeout(late);
    peers.close();
  }
}

/** At all of them or at none. */
async function listenAtAll(shared: Connections): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const text of shared.options.addresses) listeners.push(...(await listenAt(text, shared)));
  } catch (error) {
    for (const listener of listeners) listener.close();
    shared.peers.close();
    throw error;
  }
  return listeners;
}

/** One name can stand for several addresses: then they share a port, and those that are not there are left out. */
async function listenAt(text: string, shared: Connections): Promise<readonly Listener[]> {
  const { options, peers } = shared;
  const listeners: Listener[] = [];
  let absent: unknown = null;
  for (const address of parseAddress(text)) {
    const [first] = listeners;
    const same = first === undefined ? address : { ...address, port: first.address.port };
    try {
      listeners.push(
        await listen({
          address: same,
          maxConnections: options.limits.connections + SPARE_SOCKETS,
          mode: peers.socketMode,
          onConnection: (socket, where) => new Connection(socket, where, shared),
          onError: (error) => options.onEvent({ kind: 'refused', message: `cannot accept: ${error.message}` }),
        }),
      );
    } catch (error) {
      if (!isAbsent(error)) {
        for (const listener of listeners) listener.close();
        throw error;
      }
      absent = error;
    }
  }
  if (listeners.length === 0) throw absent;
  return listeners;
}

/** This machine has no such address, or no such protocol. */
function isAbsent(error: unknown): boolean {
  const { code } = Object(error instanceof PlumblineError ? error.cause : null) as NodeJS.ErrnoException;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function checkNetwork({ tls, usersFile }: ListenOptions, addresses: readonly ListenAddress[]): void {
  const open = addresses.find(({ kind }) => kind === 'network');
  if (addresses.length === 0)
    throw new PlumblineError('config', 'there is no address to listen at', { hint: '127.0.0.1:5433' });
  if (open === undefined || (tls !== null && usersFile !== null)) return;
  throw new PlumblineError('config', `${addressText(open)} can be reached from other machines`, {
    hint: 'give a certificate, its key and a file of users (--tls-cert, --tls-key, --users), or listen at 127.0.0.1',
  });
}
