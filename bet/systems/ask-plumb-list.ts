import { spawn } from 'node:child_process';
import { finished, type Ran } from '../../test/makers/child-output.ts';
import type { Answer } from '../model.ts';
import type { Ask } from './asker.ts';
import type { ReaderOrder } from './reader-order.ts';
import { answerOfHome, type SeenHome } from './seen-rows.ts';

/**
 * plumbline, asked by its command: one `plumb list` a reading, with nothing running in between.
 *
 * The best that its users run: named sessions, since plumb proves the absence of those that are named, where a look at
 * all sessions says nothing of empty homes; `-o json` with just the columns that are used; homes, commands and
 * `terminal = "optional"` in a file. Optional: an agent that has lost its terminal lives, and is to be told so.
 */
export function askPlumbList({ plumb, configFile, sessions, host }: ReaderOrder): Ask {
  const columns = ['--columns', 'name,verdict,pid,pane,no_pane_because', '-o', 'json'];
  return async (signal) => {
    const { code, stdout, stderr } = await run([plumb, 'list', ...columns, ...sessions], configFile, signal);
    // 0: all are there. 1 and 3: some are not, or it is not known; stderr says of each which.
    if (code !== 0 && code !== 1 && code !== 3) throw new Error(`plumb list ended with ${code}: ${stderr.trim()}`);
    return answersOf(stdout, stderr, sessions, host);
  };
}

interface Listed {
  readonly sessions: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly pid: number | null;
    readonly pane: { readonly id: string | null; readonly socket: string } | null;
    readonly no_pane_because: string | null;
  }[];
}

/** What it says where the way to a pane was followed to its end, and there is none. */
const NONE = /(?:is no pseudo-terminal|, which has no terminal)$/;

function paneOf({ pane, no_pane_because: why }: Listed['sessions'][number]): SeenHome['pane'] {
  if (pane?.id) return { socket: pane.socket, id: pane.id };
  return why === null || NONE.test(why) ? null : { unknown: why };
}

interface Told {
  readonly error?: { readonly code: string; readonly message: string };
}

function answersOf(stdout: string, stderr: string, names: readonly string[], host: string): Map<string, Answer> {
  const listed = JSON.parse(stdout) as Listed;
  const answers = new Map<string, Answer>();
  for (const session of listed.sessions) {
    const { name, verdict, pid } = session;
    answers.set(name, answerOfHome({ name, verdict, reason: 'plumb list', pid, pane: paneOf(session) }, host));
  }
  // One error for each name without a session, in the order of the names.
  const missing = names.filter((name) => !answers.has(name));
  const errors = stderr.split('\n').flatMap((line) => (line === '' ? [] : ((JSON.parse(line) as Told).error ?? [])));
  if (errors.length !== missing.length) throw new Error(`${missing.length} are missing, and plumb says: ${stderr}`);
  missing.forEach((name, index) => {
    const { code = '', message = '' } = errors[index] ?? {};
    answers.set(name, code === 'absent' ? { status: 'dead' } : { status: 'unknown', reason: message });
  });
  return answers;
}

function run(words: readonly string[], configFile: string, signal: AbortSignal): Promise<Ran> {
  const env = { ...process.env, PLUMBLINE_CONFIG: configFile };
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    signal,
    killSignal: 'SIGKILL',
  });
  return finished(child);
}
