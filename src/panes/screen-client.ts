import type { PaneServer } from '../model/pane.ts';
import { type ByteString, basename } from '../model/text.ts';
import type { ClientRun } from './client.ts';

/** A run of screen's client, which finds the server by its name in the directory of sockets. */
export function screenRun(server: PaneServer, args: readonly string[]): ClientRun {
  const directory = server.socket.slice(0, server.socket.lastIndexOf('/'));
  return {
    programs: ['screen'],
    args: ['-S', textOf(sessionName(server)), ...args],
    env: { SCREENDIR: textOf(directory), TERM: 'dumb' },
  };
}

/** `12345.work`: with its pid before it a name is nobody else's. */
export function sessionName({ socket }: PaneServer): ByteString {
  return basename(socket);
}

function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
