import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { processTable } from './process-table.ts';
import { waitFor } from './wait-for.ts';

/** A screen of the test's own. */
export interface ScreenServer {
  /** Its process, which leads no terminal. */
  readonly pid: number;
  /** `12345.work`: how a person calls it. */
  readonly name: string;
  /** Runs a command in it, in a window where one is named first: `-p 0`; what it prints. */
  readonly run: (...command: string[]) => string;
  /** Opens another window. */
  readonly open: (...program: string[]) => void;
}

/** Where and as whom it runs. */
export interface ScreenOptions {
  readonly cwd?: string;
  readonly through?: readonly string[];
  readonly uid?: number;
  /** Set-group-ID, as distributions install it: its own user may not look into it then. */
  readonly setGroup?: boolean;
  /** What it is called behind its pid. */
  readonly called?: string;
}

/**
 * Starts a screen that knows nothing of the user's own, with one window.
 */
export async function startScreen(
  scratch: string,
  program: readonly string[],
  { cwd = scratch, through = [], uid = 0, setGroup = false, called = 'work' }: ScreenOptions = {},
): Promise<ScreenServer> {
  const directory = `${scratch}/screens`;
  if (!fs.existsSync(directory)) fs.mkdirSync(directory, { mode: 0o700 });
  if (uid !== 0) fs.chownSync(directory, uid, uid);
  const { STY: _outer, ...environment } = globalThis.process.env;
  const env = {
    ...environment,
    SCREENDIR: directory,
    SCREENRC: '/dev/null',
    SYSSCREENRC: '/dev/null',
    SHELL: '/bin/sh',
  };
  const binary = setGroup ? setGroupScreen(scratch) : 'screen';
  const [file = '', ...argv] = [...through, binary, '-D', '-m', '-S', called, ...program];
  const server = spawn(file, argv, { cwd, env, stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const pid = server.pid ?? 0;
  const name = `${pid}.${called}`;
  const isThere = () => fs.existsSync(`${directory}/${name}`) && processTable().some(({ ppid }) => ppid === pid);
  await waitFor('the screen', isThere);
  const run = (...command: string[]) => {
    const [client = '', ...words] = [...through, 'screen', '-S', name, ...command];
    return execFileSync(client, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return { pid, name, run, open: (...words) => void run('-X', 'screen', ...words) };
}

const UTMP = 43;

function setGroupScreen(scratch: string): string {
  const copy = `${scratch}/screen`;
  fs.copyFileSync('/usr/bin/screen', copy);
  fs.chownSync(copy, 0, UTMP);
  fs.chmodSync(copy, 0o2755);
  return copy;
}
