import type { PaneServer } from '../model/pane.ts';
import type { ClientAnswer, ClientRun } from './client.ts';
import type { Multiplexer } from './multiplexer.ts';
import { PANE_FORMAT, parseTmuxPanes } from './tmux-panes.ts';

/** tmux: one server a socket; panes have ids that are never given twice in a server's life. */
export const tmux: Multiplexer = {
  name: 'tmux',
  mayBe: (comm) => comm === 'tmux: server' || comm === 'tmux',
  socketOf: ({ sockets: { own }, pid, comm }) => {
    const [socket] = own.kind === 'value' ? own.value : [];
    if (socket !== undefined) return socket;
    // A client, which calls itself so as well before it has connected.
    if (comm === 'tmux') return null;
    if (own.kind === 'value') return { silence: `${pid} listens on no socket`, hint: '' };
    return { silence: `which socket is that of ${pid} may not be read`, hint: 'run plumb as its user, or as root' };
  },
  version: (server) => tmuxRun(server, ['-V']),
  async list(server, { run, signal }) {
    const answer = await run(server, { ...tmuxRun(server, ['list-panes', '-a', '-F', PANE_FORMAT]), signal });
    if ('silence' in answer) return answer;
    // A server whose last pane has gone ends; until it has it knows of none.
    if (answer.code !== 0) return { silence: saidBy(answer), hint: socketHint(server, answer) };
    return parseTmuxPanes(answer.stdout, server);
  },
};

/**
 * A run of tmux's client. The server's own program is taken first: after an upgrade a new client does not understand
 * an old server.
 */
export function tmuxRun(server: PaneServer, args: readonly string[]): ClientRun {
  const socket = Buffer.from(server.socket, 'latin1').toString('utf8');
  return { programs: [server.program, 'tmux'], args: ['-u', '-S', socket, ...args] };
}

/** What tmux has said of a failure. */
export function saidBy({ code, stderr }: ClientAnswer): string {
  return stderr.trim() || `it ended with ${code}`;
}

/** A server lives on without its socket's file. */
function socketHint({ pid }: PaneServer, { stderr }: ClientAnswer): string {
  if (!/no server running|No such file/.test(stderr)) return '';
  return `where the file of its socket is gone, it makes a new one when it is told to: kill -USR1 ${pid}`;
}
