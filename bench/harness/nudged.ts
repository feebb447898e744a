import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import proc from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseHomes } from '../../src/config/parse-homes.ts';
import type { Session } from '../../src/model/session.ts';
import { observe } from '../../src/observe.ts';
import { COMMAND, type Workshop } from './workshop.ts';

/** A session in a pane of a tmux server of its own. */
export interface Nudged {
  readonly session: Session;
  /** `%0`. */
  readonly pane: string;
  /** The words before a command of tmux. */
  readonly tmux: readonly string[];
  close(): void;
}

const PATIENCE_MS = 5000;

/** Starts it, and waits until it reads keys; null where there is no tmux. */
export async function startNudged(workshop: Workshop): Promise<Nudged | null> {
  const directory = path.join(workshop.directory, 'nudged');
  const home = path.join(directory, 'homes', 'ada');
  fs.mkdirSync(home, { recursive: true });
  const program = path.join(directory, COMMAND);
  fs.copyFileSync(workshop.reader, program);
  const socket = ['-S', path.join(directory, 'tmux'), '-f', '/dev/null'];
  const run = (...words: readonly string[]) => execFileSync('tmux', [...socket, ...words], { encoding: 'utf8' }).trim();
  const { TMUX: _outer, ...env } = proc.env;
  try {
    execFileSync('tmux', [...socket, 'new-session', '-d', '-c', home, program, 'x'], { env });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const pane = run('list-panes', '-a', '-F', '#{pane_id}');
  const close = () => void run('kill-server');
  proc.once('exit', close);
  const deadline = performance.now() + PATIENCE_MS;
  while (!run('capture-pane', '-p', '-t', pane).includes('ready>')) {
    if (performance.now() > deadline) throw new Error('the session does not become ready');
    await sleep(10);
  }
  const homes = parseHomes([`${directory}/homes/*`]);
  const { sessions } = await observe({ homes, commands: [COMMAND], identifyPrograms: true, panes: true });
  const [session] = sessions;
  if (session?.verdict !== 'alive') throw new Error('the session is not seen');
  return {
    session,
    pane,
    tmux: ['tmux', ...socket],
    close: () => {
      proc.off('exit', close);
      close();
    },
  };
}
