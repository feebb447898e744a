import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Answer, NamedProcess } from '../model.ts';
import type { Ask } from './asker.ts';
import type { ReaderOrder } from './reader-order.ts';

/** Spaces between them, and the session's name last: tmux writes a tab of a format as `_`. */
const FORMAT = '#{pane_id} #{pane_pid} #{pane_dead} #{pane_current_command} #{@session}';

/** What agents are run by, as tmux calls it. */
const RUNTIME = path.basename(process.execPath);

/**
 * tmux alone: what its servers say of their panes.
 *
 * The best that its users run: `list-panes -a` of every server, all asked at once; the session's name is an option of
 * its pane, set when that is made, since titles change; `pane_pid` is the session's number. A pane that is kept after
 * its program has ended (`pane_dead`) is of a dead session, and so is one in which a shell stands: the session has left
 * to it. Where the agents' program is in front, `pane_pid` is its number, since it was started without a shell. Any other
 * program is what has started it, such as the launcher of a container: then the pane is known, and the number is not. A
 * server that is not there shows nothing; where one does not answer, there is no reading.
 */
export function askTmux({ tmux, host, sessions }: Pick<ReaderOrder, 'tmux' | 'host' | 'sessions'>): Ask {
  const shells = shellNames();
  return async (signal) => {
    const answers = new Map<string, Answer>();
    const asked = tmux.sockets.map((server) => panesOf(server, tmux.directory, signal));
    for (const { server, lines } of await Promise.all(asked)) {
      for (const line of lines) {
        const [id = '', pid = '', dead, command = '', session = ''] = line.split(' ');
        if (session === '' || dead === '1' || shells.has(command)) continue;
        answers.set(session, { status: 'alive', ...named(command, { host, pid: Number(pid) }), pane: { server, id } });
      }
    }
    for (const session of sessions) if (!answers.has(session)) answers.set(session, { status: 'dead' });
    return answers;
  };
}

/** The pane's first process is the session where that is what runs in it. */
function named(command: string, first: NamedProcess): Pick<Answer & { status: 'alive' }, 'process' | 'processUnknown'> {
  if (command === RUNTIME) return { process: first };
  return { process: null, processUnknown: `${command} is in front in its pane` };
}

interface ServerPanes {
  readonly server: string;
  readonly lines: readonly string[];
}

/** @throws {Error} where the server does not answer */
function panesOf(server: string, directory: string, signal: AbortSignal): Promise<ServerPanes> {
  const { TMUX: _outer, ...environment } = process.env;
  const options = { env: { ...environment, TMUX_TMPDIR: directory }, signal, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    execFile('tmux', ['-L', server, 'list-panes', '-a', '-F', FORMAT], options, (error, stdout, stderr) => {
      if (!error) resolve({ server, lines: stdout.split('\n').filter((line) => line !== '') });
      else if (/^(no server running|error connecting to|no current|no sessions)/.test(stderr))
        resolve({ server, lines: [] });
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}

function shellNames(): ReadonlySet<string> {
  const lines = fs.existsSync('/etc/shells') ? fs.readFileSync('/etc/shells', 'utf8').split('\n') : [];
  const paths = lines.filter((line) => line.startsWith('/'));
  return new Set(['sh', ...paths.map((file) => path.basename(file))]);
}
