import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { makeScratch } from '../../test/makers/scratch.ts';
import { waitFor } from '../../test/makers/wait-for.ts';
import { value } from '../model/outcome.ts';
import { type AcceptedConnection, type ConnectionOwners, loadConnectionOwners } from './connection-owner.ts';
import { loadPeerCredentials } from './native/peer-credentials.ts';
import { loadUserIds } from './native/user-ids.ts';

const made: { close(): unknown }[] = [];
afterEach(() => {
  for (const it of made.splice(0)) it.close();
});

async function connection(host: string, from = host) {
  const server = net.createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const port = (server.address() as net.AddressInfo).port;
  const client = net.connect({ port, host: from });
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  made.push(server, { close: () => client.destroy() }, { close: () => accepted.destroy() });
  return { client, accepted, server };
}

async function owners(): Promise<ConnectionOwners> {
  const found = await loadConnectionOwners();
  made.push(found);
  return found;
}

function ends({ localAddress, localPort, remoteAddress, remotePort }: net.Socket): AcceptedConnection {
  return { localAddress, localPort, remoteAddress, remotePort } as AcceptedConnection;
}

const us = globalThis.process.geteuid?.();

describe('ConnectionOwners', () => {
  it('finds who has connected, by IPv4 and by IPv6', async () => {
    const { find } = await owners();
    for (const host of ['127.0.0.1', '127.9.8.7', '::1']) {
      const { accepted } = await connection(host);
      expect(find(ends(accepted))).toEqual(value(us));
    }
  });

  it('finds a socket of IPv6 that speaks IPv4', async () => {
    const { find } = await owners();
    const { accepted } = await connection('127.0.0.1', '::ffff:127.0.0.1');
    expect(find(ends(accepted))).toEqual(value(us));
  });

  it('says nobody where the other socket is closed, not root, and not who listens on that port', async () => {
    const { find } = await owners();
    const { client, accepted, server } = await connection('127.0.0.1');
    const asked = ends(accepted);
    client.destroy();
    await waitFor('its end', () => find(asked).kind === 'gone');
    const { port } = server.address() as net.AddressInfo;
    expect(find({ ...asked, remotePort: port }).kind).toBe('gone');
  });

  it('answers again after what it could not be asked', async () => {
    const { find } = await owners();
    const { accepted } = await connection('127.0.0.1');
    expect(find({ ...ends(accepted), remoteAddress: 'fe80::1%lo' })).toMatchObject({ kind: 'unsupported' });
    expect(find({ ...ends(accepted), remoteAddress: '::1' }).kind).not.toBe('value');
    expect(find(ends(accepted))).toEqual(value(us));
  });
});

describe('loadPeerCredentials()', () => {
  it('tells who has connected to a unix socket, and of nobody else', async () => {
    const credentials = await loadPeerCredentials();
    const path = `${makeScratch()}/s`;
    const server = net.createServer().listen(path);
    const client = net.connect(path);
    const [accepted] = (await once(server, 'connection')) as [net.Socket];
    made.push(server, { close: () => client.destroy() }, { close: () => accepted.destroy() });
    const fd = (accepted as unknown as { _handle: { fd: number } })._handle.fd;
    expect(credentials(fd)).toEqual(value({ pid: globalThis.process.pid, uid: us }));
    expect(credentials(-1)).toEqual({ kind: 'unsupported', errno: 'EBADF' });
    const listening = (server as unknown as { _handle: { fd: number } })._handle.fd;
    // It tells who listens: itself.
    expect(credentials(listening)).toEqual(value({ pid: globalThis.process.pid, uid: us }));
  });
});

describe('loadUserIds()', () => {
  it('knows users by their names', async () => {
    const idOf = await loadUserIds();
    expect(idOf('root')).toBe(0);
    expect(idOf('no such user')).toBeNull();
    expect(idOf('')).toBeNull();
  });
});
