import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerTerminals } from '../kernel/servers.ts';
import type { PaneServer } from '../model/pane.ts';
import { shellWord } from '../model/shell-word.ts';
import { basename, toText } from '../model/text.ts';
import type { ClientAnswer, ClientSilence } from './client.ts';
import type { ListedPane, Listing, Multiplexer } from './multiplexer.ts';
import { screenRun, sessionName } from './screen-client.ts';
import { screenTyping } from './screen-typing.ts';
import { parseScreenWindows, type ScreenWindow, WINDOW_FORMAT } from './screen-windows.ts';

/** How often it is asked where it is answering somebody else. */
const MOST_TRIES = 20;
const TRY_AGAIN_MS = 20;

/** GNU screen: one server a session; windows have numbers, which can be exchanged. */
export const screen: Multiplexer & { readonly name: 'screen' } = {
  name: 'screen',
  mayBe: (comm) => comm === 'screen' || comm === 'SCREEN',
  // /run/screen/S-user/12345.name, with the server's pid. It is set-group-ID, so its own user may not read its
  // descriptors, and the name has to do; a client has no such socket.
  socketOf: ({ sockets: { own, namespace }, innerPid }) => {
    const among = own.kind === 'value' ? own.value : namespace;
    const [socket, ...others] = among.filter((path) => basename(path).startsWith(`${innerPid}.`));
    if (others.length === 0) return socket ?? null;
    return { silence: `${others.length + 1} sockets are called as if they were its own`, hint: 'run plumb as root' };
  },
  version: (server) => screenRun(server, ['-v']),
  async list(server, { run, terminals, signal }) {
    const ask = () => run(server, { ...screenRun(server, ['-Q', 'windows', WINDOW_FORMAT]), signal });
    let answer = await ask();
    // Its answers go to a socket of one name, so it answers one client at a time: the others are told of that socket, or
    // nothing.
    for (let tries = 1; tries < MOST_TRIES && isAnsweringAnother(answer); tries++) {
      await sleep(TRY_AGAIN_MS);
      answer = await ask();
    }
    if ('silence' in answer) return answer;
    const windows = answer.code === 0 ? parseScreenWindows(answer.stdout) : null;
    const stranger = windows?.find(({ serverPid }) => serverPid !== server.innerPid);
    // Where its own socket is gone, a name that begins with that of another session's is taken for it.
    if (stranger) return { silence: `another screen (${stranger.serverPid}) answers for it`, hint: '' };
    if (windows) return listingOf(server, windows, terminals());
    // With nothing to say it ends with 1, as where there is no session.
    return { silence: answer.stdout.trim() || answer.stderr.trim() || `it ended with ${answer.code}`, hint: '' };
  },
  check: ({ server }) => {
    const { socket } = server;
    const directory = socket.slice(0, socket.lastIndexOf('/'));
    return `SCREENDIR=${shellWord(directory)} screen -S ${shellWord(sessionName(server))} -Q windows`;
  },
  typing: screenTyping,
  checksAsItTypes: false,
};

function isAnsweringAnother(answer: ClientAnswer | ClientSilence): boolean {
  if ('silence' in answer) return false;
  return answer.code === 0 ? answer.stdout.trim() === '' : /-query[A-Z]\b/.test(answer.stdout + answer.stderr);
}

/**
 * screen says of no window which terminal it shows. WINDOW in a program's environment is the number that the window had
 * when the program was started, and `number` exchanges them (4.9.0). So a terminal is known to be a window's only where
 * there is one of each; where there are several, the terminals are told, and no window is said of them.
 */
function listingOf(
  server: PaneServer,
  windows: readonly ScreenWindow[],
  { indexes, children }: ServerTerminals,
): Listing {
  const paneOf = (window: ScreenWindow | null, ttyIndex: number | null): ListedPane => ({
    pane: {
      multiplexer: 'screen',
      server,
      id: window?.number ?? null,
      address: toText(window ? `${sessionName(server)}:${window.number}` : sessionName(server)),
      alsoAt: [],
      firstPid: children.find((it) => ttyIndex !== null && it.ttyIndex === ttyIndex)?.pid ?? null,
    },
    ttyIndex,
    title: window?.title ?? null,
    dead: window?.isZombie ?? false,
    obstacles: [],
  });
  const zombies = windows.filter(({ isZombie }) => isZombie).map((window) => paneOf(window, null));
  const [window, ...others] = windows.filter(({ isZombie }) => !isZombie);
  const isOne = window !== undefined && others.length === 0 && indexes.length <= 1;
  if (isOne) return { panes: [paneOf(window, indexes[0] ?? null), ...zombies] };
  return { panes: [...indexes.map((index) => paneOf(null, index)), ...zombies] };
}
