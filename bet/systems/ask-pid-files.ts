import fs from 'node:fs';
import type { Answer } from '../model.ts';
import { type Ask, parsePane } from './asker.ts';
import { parsePidFile } from './pid-file.ts';
import type { ReaderOrder } from './reader-order.ts';

/**
 * Pid files: one a session, which is removed at a clean end.
 *
 * The best that its users run: what `start-stop-daemon --status --pidfile --exec` does. A number that nobody has
 * (kill(2) with 0), or that another program has, is of a session that has ended. The file says of which host its number
 * is, which few do: without that the number of a container would be looked for here.
 */
export function askPidFiles({ pidFiles, host }: Pick<ReaderOrder, 'pidFiles' | 'host'>): Ask {
  return async () => new Map(pidFiles.map(([session, file]) => [session, answerOf(file, host)]));
}

function answerOf(file: string, ourHost: string): Answer {
  const text = read(file);
  if (text === null) return { status: 'dead' };
  const { pid, host, exe, pane } = parsePidFile(text);
  if (host !== ourHost) return { status: 'unknown', reason: `${pid} is a number of ${host}` };
  if (!isRunning(pid) || program(pid) !== exe) return { status: 'dead' };
  return { status: 'alive', process: { host, pid }, pane: parsePane(pane) };
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** A program file that was replaced has ` (deleted)` behind it, and is still that program. */
function program(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch (error) {
    // It has ended meanwhile: a zombie has no program any more, which reads the same.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
