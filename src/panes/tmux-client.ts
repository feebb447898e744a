import type { PaneServer } from '../model/pane.ts';
import type { ClientAnswer, ClientRun } from './client.ts';

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
