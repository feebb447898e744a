import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** A screen session of the test's own. */
export interface ScreenServer {
  /** `12345.plumbline-test`. */
  readonly name: string;
  /** Runs one command of screen's and returns what it prints. */
  readonly run: (...command: readonly string[]) => string;
}

let count = 0;

/** Starts a screen session whose first window runs a program. It stays our child, and dies when we die. */
export async function startScreen(cwd: string, program: readonly string[]): Promise<ScreenServer> {
  const label = `plumbline-test-${globalThis.process.pid}-${++count}`;
  const words = ['--pdeathsig', 'KILL', 'screen', '-D', '-m', '-S', label, '-c', '/dev/null', ...program];
  const { STY: _outer, ...env } = globalThis.process.env;
  const server = spawn('setpriv', words, { cwd, env: { ...env, TERM: 'vt100' }, stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  const directory = '/run/screen/S-root';
  const name = await waitFor('the screen session', () => {
    const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
    return names.find((it) => it.endsWith(`.${label}`));
  });
  const run = (...command: readonly string[]) => {
    return execFileSync('screen', ['-S', name, ...command], {
      env: { ...env, TERM: 'vt100' },
      encoding: 'utf8',
    }).trim();
  };
  return { name, run };
}
