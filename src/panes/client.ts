import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import { inheritedDescriptors } from '../kernel/inherited-descriptors.ts';
import { liveProcfs } from '../kernel/procfs-live.ts';
import type { PaneServer } from '../model/pane.ts';

/** One run of a multiplexer's client. */
export interface ClientRun {
  /** The programs that can do it, best first: the next is tried where one cannot be started. */
  readonly programs: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on its standard input. */
  readonly input?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** How long its answer is waited for. Default: 2000. */
  readonly deadlineMs?: number;
}

/** What a run has answered. */
export interface ClientAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there is no answer: `its server did not answer in 2000 ms`. */
export interface ClientSilence {
  readonly silence: string;
  /** What would mend it; empty where there is nothing. */
  readonly hint: string;
}

/** Runs the client of a server: an argument of whoever asks, so that a recorded machine starts nothing. */
export type RunClient = (server: PaneServer, run: ClientRun) => Promise<ClientAnswer | ClientSilence>;

/** A server that has not answered by then hangs: it answers in 3 ms. */
const DEADLINE_MS = 2000;
/** What ld.so and shells end with where a program, or a library that it needs, is not there. */
const NOT_FOUND = 127;
/** A listing of ten thousand panes is 2 MB. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs a client as the user of its server, with nothing of ours: no environment, no terminal, no group, no capability. A
 * server can have its client write files and start programs, so one of another user's must not be run with our rights
 * (docs/adr/0014-clients-run-as-the-servers-user.md).
 */
export const runClient: RunClient = async (server, run) => {
  const ours = { uid: globalThis.process.geteuid?.() ?? -1, gid: globalThis.process.getegid?.() ?? -1 };
  const isOurs = server.uid === ours.uid;
  if (!isOurs && ours.uid !== 0) {
    return {
      silence: `its server ${server.pid} is another user's (${server.uid})`,
      hint: 'run plumb as that user, or as root',
    };
  }
  const user = isOurs && ours.uid !== 0 ? {} : { uid: server.uid, gid: server.gid };
  const nothing = isOurs ? null : coverDescriptors();
  let last: ClientAnswer | ClientSilence = { silence: 'no client was found', hint: '' };
  try {
    for (const program of run.programs) {
      last = await runOnce(program, run, { ...user, stdio: nothing?.stdio ?? STREAMS });
      // A server's own program lies in its container, and may find no libraries out here.
      const isStarted = 'silence' in last ? !last.silence.startsWith(CANNOT_START) : last.code !== NOT_FOUND;
      if (isStarted) break;
    }
  } finally {
    nothing?.close();
  }
  return last;
};

const STREAMS: readonly Stream[] = ['pipe', 'pipe', 'pipe'];

/** What a child gets as one of its descriptors: ours of that number, or nothing that is given to it. */
type Stream = 'pipe' | 'ignore' | number;

/** The streams, and in the place of each descriptor that the client would inherit from us the null device. */
function coverDescriptors(): { readonly stdio: readonly Stream[]; close(): void } {
  const inherited = inheritedDescriptors(liveProcfs());
  if (inherited.length === 0) return { stdio: STREAMS, close: () => {} };
  const nothing = fs.openSync('/dev/null', 'r+');
  const others = Array.from({ length: Math.max(...inherited) + 1 - STREAMS.length }, (_, index): Stream => {
    return inherited.includes(index + STREAMS.length) ? nothing : 'ignore';
  });
  return { stdio: [...STREAMS, ...others], close: () => fs.closeSync(nothing) };
}

const CANNOT_START = 'cannot start';

/** As whom a client is run, and with which descriptors. */
type Given = { readonly uid?: number; readonly gid?: number; readonly stdio: readonly Stream[] };

function start(program: string, { args, env }: ClientRun, given: Given): ChildProcessWithoutNullStreams {
  return spawn(program, [...args], {
    ...given,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...env },
    // A session of its own: a client of another user's gets no terminal of ours.
    detached: true,
    stdio: [...given.stdio],
    // The compiler cannot know that the first three are pipes.
  }) as ChildProcessWithoutNullStreams;
}

async function runOnce(program: string, run: ClientRun, given: Given): Promise<ClientAnswer | ClientSilence> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = start(program, run, given);
  } catch (error) {
    // A root of a user namespace, or without CAP_SETUID, cannot become any user: that is thrown, and not told as an event.
    const hint = given.uid === undefined ? '' : `run plumb as user ${given.uid}, or as a root that can become any user`;
    return { silence: `${CANNOT_START} ${program}: ${(error as Error).message}`, hint };
  }
  return answerOf(child, program, run);
}

/** Waits for what a client says, until it has ended and for so long. */
function answerOf(
  child: ChildProcessWithoutNullStreams,
  program: string,
  run: ClientRun,
): Promise<ClientAnswer | ClientSilence> {
  return new Promise((resolve) => {
    const { deadlineMs = DEADLINE_MS } = run;
    const pieces: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    let size = 0;
    let silence: ClientSilence | null = null;
    const stop = (why: string, hint = '') => {
      silence ??= { silence: why, hint };
      child.kill('SIGKILL');
      // tmux's client hands its streams to the server: where that does not take them they stay open, and are no end.
      for (const stream of child.stdio) stream?.destroy();
    };
    const deadline = setTimeout(() => {
      stop(`its server did not answer in ${deadlineMs} ms`, 'it hangs: look at it with ps, or end it');
    }, deadlineMs);
    const onAbort = () => stop('it was called off');
    run.signal?.addEventListener('abort', onAbort, { once: true });
    if (run.signal?.aborted) onAbort();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > MOST_OUTPUT_BYTES) stop('it answered more than can be held');
        else pieces[name].push(piece);
      });
    }
    // A client that has ended does not read what it was sent.
    child.stdin.on('error', () => {});
    child.stdin.end(run.input ?? '');
    child.once('error', (error) => {
      silence ??= {
        silence: `${CANNOT_START} ${program}: ${error.message}`,
        hint: `install ${program.split('/').at(-1)}`,
      };
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      run.signal?.removeEventListener('abort', onAbort);
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(pieces[name]).toString('latin1');
      resolve(silence ?? { code: code ?? -1, stdout: text('stdout'), stderr: text('stderr') });
    });
  });
}
