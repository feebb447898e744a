import type net from 'node:net';
import { type ConnectionOwners, loadConnectionOwners } from '../../kernel/connection-owner.ts';
import { loadPeerCredentials, type PeerCredentials } from '../../kernel/native/peer-credentials.ts';
import { loadUserIds } from '../../kernel/native/user-ids.ts';
import { overflowUid } from '../../kernel/overflow-uid.ts';
import { liveProcfs } from '../../kernel/procfs-live.ts';
import { PlumblineError } from '../../model/errors.ts';
import { describeMissing, type Outcome } from '../../model/outcome.ts';
import type { ListenAddress } from './address.ts';

/** Who is at the other end. */
export type Peer =
  | { readonly kind: 'user'; readonly uid: number }
  /** It must be on this machine, and nobody can say who it is. */
  | { readonly kind: 'unseen'; readonly why: string }
  | { readonly kind: 'network'; readonly address: string };

/** How peers are told apart. */
export interface PeerSources {
  /** Both null where koffi does not load. */
  readonly credentials: ((fd: number) => Outcome<PeerCredentials>) | null;
  readonly owners: ConnectionOwners | null;
  /** The number that may stand for anybody; null where none does. */
  readonly overflowUid: number | null;
  /** Who may connect, root and ourselves with them. */
  readonly allowed: ReadonlySet<number>;
  /** The user that we run as. */
  readonly ownUid: number;
}

/** What a unix socket lets through: us and root, where nobody can be looked at; else everybody, who is told what is wrong. */
const OWN_MODE = 0o600;
const EVERYBODY_MODE = 0o666;

/** Who is at the other end of a connection, and whether that one may be there. */
export class Peers {
  readonly #sources: PeerSources;

  constructor(sources: PeerSources) {
    this.#sources = sources;
  }

  get socketMode(): number {
    return this.#sources.credentials === null ? OWN_MODE : EVERYBODY_MODE;
  }

  /** Asked when a connection is new: its other end must still be there. */
  of(socket: net.Socket, address: ListenAddress): Peer {
    if (address.kind === 'network') return { kind: 'network', address: socket.remoteAddress ?? 'gone' };
    const found = address.kind === 'unix' ? this.#unix(socket) : this.#loopback(socket);
    if (found.kind !== 'value') return { kind: 'unseen', why: describeMissing(found) };
    if (found.value === this.#sources.overflowUid) {
      return { kind: 'unseen', why: `user ${found.value} stands for all whom this container has no number for` };
    }
    return { kind: 'user', uid: found.value };
  }

  isAllowed(peer: Peer): boolean {
    return peer.kind === 'user' && this.#sources.allowed.has(peer.uid);
  }

  /** Whether some connections are kept for it. */
  isPrivileged(peer: Peer): boolean {
    return peer.kind === 'user' && (peer.uid === 0 || peer.uid === this.#sources.ownUid);
  }

  close(): void {
    this.#sources.owners?.close();
  }

  #unix(socket: net.Socket): Outcome<number> {
    const { credentials, ownUid } = this.#sources;
    // The mode of the socket has let nobody else through; and root may do what we may.
    if (credentials === null) return { kind: 'value', value: ownUid };
    const fd = descriptorOf(socket);
    if (fd === null) return { kind: 'gone', errno: 'EBADF' };
    const found = credentials(fd);
    return found.kind === 'value' ? { kind: 'value', value: found.value.uid } : found;
  }

  #loopback(socket: net.Socket): Outcome<number> {
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    const { owners } = this.#sources;
    if (owners === null) return { kind: 'unsupported', errno: 'ENOSYS' };
    if (!localAddress || !localPort || !remoteAddress || !remotePort) return { kind: 'gone', errno: 'ENOTCONN' };
    return owners.find({ localAddress, localPort, remoteAddress, remotePort });
  }
}

/** What listens where, for what is needed to look at peers. */
export interface PeerNeeds {
  readonly addresses: readonly ListenAddress[];
  readonly allowedUsers: readonly string[];
}

/**
 * Loads what tells peers apart.
 * @throws {PlumblineError} `config` for a user that there is not, `unsupported_platform` where there is no way to tell
 */
export async function loadPeers({ addresses, allowedUsers }: PeerNeeds): Promise<Peers> {
  const ownUid = globalThis.process.geteuid?.() ?? 0;
  const calls = await loadCalls();
  if (calls === null && addresses.some(({ kind }) => kind === 'loopback')) {
    throw without('who connects to a port of this machine', 'listen in a directory: plumb serve --pg /run/plumbline');
  }
  if (calls === null && allowedUsers.length > 0) {
    throw without('which user connects', 'leave --allow-user out: root and you can connect');
  }
  const overflow = overflowUid(liveProcfs());
  if (overflow.kind !== 'value') {
    throw new PlumblineError('unsupported_platform', `no user can be told from others: ${describeMissing(overflow)}`, {
      hint: 'mount /proc with /proc/sys',
    });
  }
  const named = allowedUsers.map((user) => uidOf(user, calls?.idOf ?? null));
  return new Peers({
    credentials: calls?.credentials ?? null,
    owners: calls?.owners ?? null,
    overflowUid: overflow.value,
    allowed: new Set([0, ownUid, ...named]),
    ownUid,
  });
}

async function loadCalls() {
  try {
    const [credentials, owners, idOf] = [
      await loadPeerCredentials(),
      await loadConnectionOwners(),
      await loadUserIds(),
    ];
    return { credentials, owners, idOf };
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  }
}

function uidOf(user: string, idOf: ((name: string) => number | null) | null): number {
  const uid = /^\d{1,10}$/.test(user) ? Number(user) : (idOf?.(user) ?? null);
  if (uid !== null && uid < 0xffff_ffff) return uid;
  throw new PlumblineError('config', `there is no user ${JSON.stringify(user)} here`, {
    hint: 'name one that getent passwd knows, or a number',
  });
}

function without(what: string, hint: string): PlumblineError {
  return new PlumblineError('unsupported_platform', `without koffi it cannot be seen ${what}`, { hint });
}

/** Node has the descriptor, and no name for it that is meant for others. */
function descriptorOf(socket: net.Socket): number | null {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : null;
}
