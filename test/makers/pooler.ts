import net from 'node:net';
import { onTestFinished } from 'vitest';

/** The message that tells a client the pid of its server process, and a key: one byte, a length of 12, a pid. */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12]);

/**
 * Stands for a pooler in front of a server's socket: passes everything on, and announces a pid of its own, as poolers
 * do, since what they pass on may come from another server process each time.
 * @param directory where to listen
 * @returns the URL through it
 */
export async function startPooler(directory: string, url: string): Promise<string> {
  const { searchParams } = new URL(url.replace('@/', '@host/'));
  const socket = `${searchParams.get('host')}/.s.PGSQL.${searchParams.get('port')}`;
  const connections = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(socket);
    for (const end of [client, upstream]) {
      connections.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      const at = chunk.indexOf(KEY_DATA);
      if (at !== -1) chunk.writeInt32BE(0x7fffffff, at + KEY_DATA.length);
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(`${directory}/.s.PGSQL.6432`, resolve));
  onTestFinished(async () => {
    for (const end of connections) end.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return url.replace(/host=[^&]*/, `host=${encodeURIComponent(directory)}`).replace(/port=\d+/, 'port=6432');
}
