import tls from 'node:tls';
import { backend } from '../../sql/protocol/backend.ts';
import { decodeStartup, type StartupPacket } from '../../sql/protocol/startup-packet.ts';
import { SqlError } from '../../sql/sql-error.ts';
import type { ClientStream } from './client-stream.ts';
import type { TlsIdentity } from './tls-context.ts';

/** How a client has begun. */
export type Beginning = Exclude<StartupPacket, { readonly kind: 'ssl' | 'gss' }> & {
  /** The TLS connection that it came through. */
  readonly tls: tls.TLSSocket | null;
};

/** What Postgres takes at most. */
const LONGEST_PACKET = 10_000;
/** A TLS record that holds a handshake: no first byte of a length that is allowed. */
const TLS_HANDSHAKE = 0x16;
/** What Postgres 17 has registered for TLS from the first byte on. */
const PROTOCOL = 'postgresql';
/** The newest minor version of protocol 3 that there is. */
const NEWEST_MINOR = 2;

/**
 * Speaks with a client up to its startup message: whether there is TLS, and which protocol.
 * @param identity null where no TLS is offered
 * @returns null where it has gone
 * @throws {SqlError} fatal: what it has said cannot be understood
 */
export async function begin(stream: ClientStream, identity: TlsIdentity | null): Promise<Beginning | null> {
  let secure: tls.TLSSocket | null = null;
  if (identity !== null && (await stream.firstByte()) === TLS_HANDSHAKE) {
    secure = await handshake(stream, identity);
    // Else what is spoken may be another protocol, and somebody in between may have it answered by us.
    if (secure?.alpnProtocol !== PROTOCOL) return null;
  }
  const asked = new Set<string>();
  for (;;) {
    const body = await stream.read((splitter) => splitter.nextStartup(LONGEST_PACKET));
    if (body === null) return null;
    const packet = decodeStartup(body);
    if (packet.kind === 'startup' || packet.kind === 'cancel') return { ...packet, tls: secure };
    if (asked.has(packet.kind) || secure !== null) {
      throw new SqlError('08P01', 'encryption was asked for twice', { isFatal: true });
    }
    asked.add(packet.kind);
    if (packet.kind === 'gss' || identity === null) {
      await stream.send(Buffer.from('N'));
      continue;
    }
    // What came in clear would be taken for what came through TLS (CVE-2021-23214).
    if (stream.unreadBytes > 0)
      throw new SqlError('08P01', 'received unencrypted data after SSL request', { isFatal: true });
    await stream.send(Buffer.from('S'));
    secure = await handshake(stream, identity);
    if (secure === null) return null;
  }
}

/** Tells a client of a newer protocol which one is spoken, and takes out what belongs to extensions of it. */
export async function agree(
  stream: ClientStream,
  { minor, parameters }: { readonly minor: number; readonly parameters: ReadonlyMap<string, string> },
): Promise<ReadonlyMap<string, string>> {
  const extensions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
  if (minor > NEWEST_MINOR || extensions.length > 0) {
    const version = (3 << 16) + Math.min(minor, NEWEST_MINOR);
    await stream.send(backend.negotiateProtocolVersion(version, extensions));
  }
  return new Map([...parameters].filter(([name]) => !extensions.includes(name)));
}

async function handshake(stream: ClientStream, { context }: TlsIdentity): Promise<tls.TLSSocket | null> {
  const secure = stream.upgrade((socket) => {
    return new tls.TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: [PROTOCOL] });
  });
  secure.disableRenegotiation();
  return new Promise((resolve) => {
    secure.once('secure', () => resolve(secure));
    stream.onEnd(() => resolve(null));
  });
}
