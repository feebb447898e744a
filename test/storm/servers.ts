import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { hasEnded } from '../makers/process-table.ts';
import type { Random } from '../makers/random.ts';
import { startTmux } from '../makers/tmux.ts';
import { waitFor } from '../makers/wait-for.ts';

const run = promisify(execFile);

/** A tmux server that is killed now and then, and started again on the same socket. */
export interface StormServer {
  /** Runs one tmux command, beside all else; what it prints, or null where tmux says no. */
  readonly tmux: (...command: readonly string[]) => Promise<string | null>;
  /** Opens a window and runs a program in it; its pane, `%3`. */
  readonly open: (cwd: string, program: readonly string[]) => Promise<string>;
  /** A pane in which no session runs. */
  readonly strangerPane: (random: Random) => string;
  /** Whether it is being killed: nothing is to be opened there. */
  isDoomed: boolean;
  /** Kills the server with all that it shows, and starts it again. */
  readonly restart: () => Promise<void>;
}

/** Starts a server with some panes in which a stranger runs. */
export async function startServer(directory: string, stranger: readonly string[]): Promise<StormServer> {
  const { TMUX: _outer, ...environment } = globalThis.process.env;
  const env = { ...environment, TMUX_TMPDIR: directory };
  const socket = ['-L', 'plumbline-test', '-f', '/dev/null'];
  const required = async (...command: readonly string[]) => {
    return (await run('tmux', [...socket, ...command], { env })).stdout.trim();
  };
  const tmux = (...command: readonly string[]) => required(...command).catch(() => null);
  let strangers: string[] = [];
  const begin = async () => {
    await startTmux(directory);
    await required('set-option', '-g', 'exit-empty', 'off');
    const size = ['-x', '200', '-y', '120'];
    const shown = ['-P', '-F', '#{pane_id}', '-c', '/'];
    const first = await required('new-session', '-d', '-s', 'base', ...size, ...shown, ...stranger);
    await required('set-option', '-g', 'default-size', '200x120');
    strangers = [first, await required('new-window', '-d', '-t', '=base:', ...shown, ...stranger)];
    strangers.push(await required('split-window', '-d', '-t', first, ...shown, ...stranger));
  };
  await begin();
  const server: StormServer = {
    tmux,
    isDoomed: false,
    open: (cwd, program) => {
      return required('new-window', '-d', '-t', '=base:', '-P', '-F', '#{pane_id}', '-c', cwd, ...program);
    },
    strangerPane: (random) => random.pick(strangers),
    restart: async () => {
      server.isDoomed = true;
      const pid = Number(await required('display-message', '-p', '#{pid}'));
      await tmux('kill-server');
      await waitFor('the end of the server', () => hasEnded(pid));
      // It leaves its socket behind, which must not be taken for the next one's.
      const uid = globalThis.process.getuid?.() ?? 0;
      fs.rmSync(`${directory}/tmux-${uid}/plumbline-test`, { force: true });
      await begin();
      server.isDoomed = false;
    },
  };
  return server;
}
