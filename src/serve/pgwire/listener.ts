import { once } from 'node:events';
import net from 'node:net';
import { PlumblineError } from '../../model/errors.ts';
import { addressText, type ListenAddress } from './address.ts';
import { type SocketPlace, takeSocketPlace } from './socket-file.ts';

/** After that long without a word, the other machine is asked whether it is there. */
const KEEP_ALIVE_MS = 60_000;

/** Something that listens. */
export interface Listener {
  readonly address: ListenAddress;
  /** Nobody can connect any more; who has is left alone. */
  close(): void;
}

/** How to listen. */
export interface ListenRequest {
  readonly address: ListenAddress;
  /** Sockets at once; what comes then is closed by the kernel's side of Node, unheard. */
  readonly maxConnections: number;
  /** The mode of a unix socket. */
  readonly mode: number;
  readonly onConnection: (socket: net.Socket, address: ListenAddress) => void;
  /** An error of a listener that lives: no more descriptors. */
  readonly onError: (error: Error) => void;
}

/**
 * Listens at an address.
 * @throws {PlumblineError} `config` where it is taken, not there, or not allowed
 */
export async function listen(request: ListenRequest): Promise<Listener> {
  const { address, maxConnections, onConnection, onError } = request;
  const server = net.createServer({
    allowHalfOpen: true,
    noDelay: true,
    // A machine that has lost its power says nothing.
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  server.maxConnections = maxConnections;
  const place = address.kind === 'unix' ? await takeSocketPlace(address.directory, address.port) : null;
  try {
    if (place !== null) await listenThere(server, place, request.mode);
    else await bound(server, () => server.listen({ host: hostOf(address), port: address.port, exclusive: true }));
  } catch (error) {
    server.close();
    place?.release();
    throw told(error, address);
  }
  const where = address.kind === 'unix' ? address : { ...address, port: portOf(server) };
  server.on('connection', (socket) => onConnection(socket, where));
  server.on('error', onError);
  return {
    address: where,
    close: () => {
      // Node removes a socket by its name: while the lock is ours, so that it is not one that another has made since.
      server.close();
      place?.release();
    },
  };
}

/**
 * The socket is made with the rights that it is meant to have. Given to it later, by its name, they could be given to
 * something else: who may write in the directory can put a link there.
 */
async function listenThere(server: net.Server, place: SocketPlace, mode: number): Promise<void> {
  await bound(server, () => {
    const before = globalThis.process.umask(0o777 & ~mode);
    try {
      server.listen(place.path);
    } finally {
      globalThis.process.umask(before);
    }
  });
  place.made(mode);
}

async function bound(server: net.Server, start: () => void): Promise<void> {
  const listening = once(server, 'listening');
  start();
  await listening;
}

function hostOf(address: ListenAddress): string {
  return address.kind === 'unix' ? '' : address.host;
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/** Why, and what to do. */
const REASONS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  EADDRINUSE: ['somebody listens there', 'name another port, or 0 for one that is free'],
  EADDRNOTAVAIL: ['this machine has no such address', 'name one of its own: ip address lists them'],
  EACCES: ['only root may take that port', 'name a port from 1024 up'],
};

function told(error: unknown, address: ListenAddress): unknown {
  if (error instanceof PlumblineError || !(error instanceof Error) || !('code' in error)) return error;
  const [why, hint] = REASONS[String(error.code)] ?? [error.code, 'name another address'];
  return new PlumblineError('config', `cannot listen at ${addressText(address)}: ${why}`, {
    hint,
    cause: error,
    isTransient: error.code === 'EADDRINUSE',
  });
}
