import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientStream } from './client-stream.ts';

/** A connection: our end of it, and the other, which reads nothing yet. */
async function pair(): Promise<{ readonly stream: ClientStream; readonly other: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  opened.push(server);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const other = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' });
  const [socket] = (await accepted) as [net.Socket];
  opened.push({ close: () => other.destroy() }, { close: () => socket.destroy() });
  const stream = new ClientStream(socket, { unreadBytes: 1024, stallMs: 60_000, onStalled: () => undefined });
  return { stream, other };
}

async function allThatComes(socket: net.Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'close');
  return Buffer.concat(pieces);
}

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const it of opened.splice(0)) it.close();
});

describe('ClientStream', () => {
  /** More than the kernel takes at once. */
  const LONG = Buffer.alloc(16 << 20, 'a');

  it('puts no probe into a message that is on its way, and sends one behind it', async () => {
    const { stream, other } = await pair();
    const sent = stream.send(LONG);
    expect(sent).toBeInstanceOf(Promise);
    stream.probe(Buffer.from('PROBE'));
    const came = allThatComes(other);
    await sent;
    stream.probe(Buffer.from('probe'));
    stream.end(Buffer.from('end'));
    const all = await came;
    expect(all.length).toBe(LONG.length + 'probeend'.length);
    expect(all.subarray(0, LONG.length).equals(LONG)).toBe(true);
    expect(all.subarray(LONG.length).toString()).toBe('probeend');
  });

  it('says no last word in the middle of a message', async () => {
    const { stream, other } = await pair();
    const sent = stream.send(LONG);
    stream.end(Buffer.from('last word'));
    const all = await allThatComes(other);
    await sent;
    expect(all.length).toBeLessThan(LONG.length);
    expect(all.equals(LONG.subarray(0, all.length))).toBe(true);
  });
});
