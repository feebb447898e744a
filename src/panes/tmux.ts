import type { PaneServer } from '../model/pane.ts';
import { shellWord } from '../model/shell-word.ts';
import type { ClientAnswer } from './client.ts';
import type { Multiplexer } from './multiplexer.ts';
import { saidBy, tmuxRun } from './tmux-client.ts';
import { PANE_FORMAT, parseTmuxPanes } from './tmux-panes.ts';
import { tmuxTyping } from './tmux-typing.ts';

/** tmux: one server a socket; panes have ids that are never given twice in a server's life. */
export const tmux: Multiplexer & { readonly name: 'tmux' } = {
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
  check: ({ server }) => {
    const format = "'#{pane_id} #{pane_tty} #{session_name}:#{window_index}.#{pane_index}'";
    return `tmux -S ${shellWord(server.socket)} list-panes -a -F ${format}`;
  },
  typing: tmuxTyping,
  checksAsItTypes: true,
};

/** A server lives on without its socket's file. */
function socketHint({ pid }: PaneServer, { stderr }: ClientAnswer): string {
  if (!/no server running|No such file/.test(stderr)) return '';
  return `where the file of its socket is gone, it makes a new one when it is told to: kill -USR1 ${pid}`;
}
