import type { TerminalChild } from '../kernel/servers.ts';
import type { PaneServer } from '../model/pane.ts';
import { type ByteString, basename, toText } from '../model/text.ts';
import type { ClientRun } from './client.ts';
import type { ListedPane, Listing, Multiplexer } from './multiplexer.ts';

/** GNU screen: one server a session; windows have numbers, which can be changed. */
export const screen: Multiplexer = {
  name: 'screen',
  mayBe: (comm) => comm === 'screen' || comm === 'SCREEN',
  // /run/screen/S-user/12345.name, with the server's pid. It is set-group-ID, so its own user may not read its
  // descriptors, and the name has to do; a client has no such socket.
  socketOf: ({ sockets: { own, namespace }, innerPid }) => {
    const among = own.kind === 'value' ? own.value : namespace;
    return among.find((path) => basename(path).startsWith(`${innerPid}.`)) ?? null;
  },
  async list(server, { run, children, signal }) {
    const answer = await run(server, { ...screenRun(server, ['-Q', 'windows']), signal });
    if ('silence' in answer) return answer;
    // With nothing to say it ends with 1, as where there is no session.
    if (answer.code !== 0)
      return { silence: answer.stdout.trim() || answer.stderr.trim() || 'no such session', hint: '' };
    return listingOf(server, parseWindows(answer.stdout), children());
  },
};

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
function sessionName({ socket }: PaneServer): ByteString {
  return basename(socket);
}

/** `0 bash  1-two  2*$ three (title)`: the numbers, and what stands behind each. */
function parseWindows(text: string): { readonly number: string; readonly title: ByteString }[] {
  return [...text.matchAll(/(?:^| {2})(\d+)[-*+$!@&LZ]* (.*?)(?= {2}\d+[-*+$!@&LZ]* |$)/gs)].map(
    ([, number, title]) => {
      return { number: number as string, title: (title as string).trim() };
    },
  );
}

/** screen says of no window which terminal it shows; the environment of its first program says which window it is. */
function listingOf(
  server: PaneServer,
  windows: readonly { readonly number: string; readonly title: ByteString }[],
  children: readonly TerminalChild[],
): Listing {
  const panes = windows.map(({ number, title }): ListedPane => {
    const inside = children.filter(({ environment }) => environment !== null && windowOf(environment) === number);
    const only = inside.length === 1 ? inside[0] : undefined;
    return {
      pane: {
        multiplexer: 'screen',
        server,
        id: number,
        address: toText(`${sessionName(server)}:${number}`),
        firstPid: only?.pid ?? null,
      },
      ttyIndex: only?.ttyIndex ?? null,
      title,
      alsoAt: [],
      dead: false,
      obstacles: [],
    };
  });
  return { panes };
}

function windowOf(environment: ByteString): string | undefined {
  return /(?:^|\0)WINDOW=(\d+)(?:\0|$)/.exec(environment)?.[1];
}

function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
