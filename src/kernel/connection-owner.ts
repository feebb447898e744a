import { type Outcome, value } from '../model/outcome.ts';
import { loadNetlink, type Netlink, type NetlinkSocket } from './native/netlink.ts';
import { ipAddressBytes } from './parse/address-bytes.ts';
import { NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY } from './parse/inet-diag.ts';
import { inetDiagOneRequest, inetDiagOwner, type TcpEnd } from './parse/inet-diag-one.ts';

/** A connection as the socket that has accepted it tells: what is local here is the peer of the other. */
export interface AcceptedConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Finds out who has connected to us. */
export interface ConnectionOwners {
  /**
   * The user who has made the other socket of a TCP connection within this machine.
   * @returns `gone` where there is no such socket in our network namespace, or no process has it any more
   */
  find(connection: AcceptedConnection): Outcome<number>;
  close(): void;
}

/**
 * Loads what tells who has connected to a TCP socket of ours from this machine. The kernel is asked for the one socket that
 * has both ends the other way round; there can be no other while ours is connected. A socket is its maker's, whoever has it
 * now.
 *
 * Source: sock_diag(7), of our own network namespace
 * Needs:  koffi
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function loadConnectionOwners(): Promise<ConnectionOwners> {
  return connectionOwnersThrough(await loadNetlink());
}

function connectionOwnersThrough(netlink: Netlink): ConnectionOwners {
  let kept: NetlinkSocket | null = null;
  const close = (): void => {
    kept?.close();
    kept = null;
  };
  return {
    find: (connection) => {
      const local = end(connection.remoteAddress, connection.remotePort);
      const peer = end(connection.localAddress, connection.localPort);
      if (local === null || peer === null) return { kind: 'unsupported', errno: 'EAFNOSUPPORT' };
      if (kept === null) {
        const opened = netlink.open(NETLINK_SOCK_DIAG, null);
        if (opened.kind !== 'value') return opened;
        kept = opened.value;
      }
      const found = ask(kept, local, peer);
      // After anything else, another answer may still be on its way.
      if (found.kind !== 'value' && found.kind !== 'gone') close();
      return found;
    },
    close,
  };
}

function ask(socket: NetlinkSocket, local: TcpEnd, peer: TcpEnd): Outcome<number> {
  let owner: number | null = null;
  const payload = inetDiagOneRequest(local, peer);
  const asked = socket.ask({ type: SOCK_DIAG_BY_FAMILY, flags: 0, payload }, (message) => {
    owner = inetDiagOwner(message, local, peer);
  });
  if (asked.kind !== 'value') return asked;
  return owner === null ? { kind: 'gone', errno: 'ENOENT' } : value(owner);
}

function end(address: string, port: number): TcpEnd | null {
  const bytes = ipAddressBytes(address);
  return bytes === null ? null : { address: bytes, port };
}
