import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { missingFromErrno, type Outcome, value } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { FileStat } from './procfs.ts';
import { O_PATH } from './procfs-live.ts';

/** How long a file system may take to answer. */
export const REMOTE_DEADLINE_MS = 2000;

/** A question that may never be answered. */
export interface RemoteQuestion {
  /** The directory that the path starts from: a held process's descriptor; null for an absolute path. */
  readonly fd: number | null;
  readonly path: ByteString;
  /** What the path is called without the descriptor: `/proc/4711/cwd`. */
  readonly source: ByteString;
  /** The file alone, the file and its parents up to the root, or the names in a directory. */
  readonly want: 'stat' | 'chain' | 'names';
}

/** What a path led to. */
export interface RemoteAnswer {
  /** The path itself first, then its parents where they were wanted. */
  readonly chain: readonly FileStat[];
  /** The climb ended before the root. */
  readonly cut: boolean;
  /** The names in the directory where they were wanted. */
  readonly names: readonly ByteString[];
}

/** Descriptors and threads that one child gets. */
const QUESTIONS_PER_CHILD = 64;

/**
 * Asks a file system that may hang, from a child that can be killed.
 * A thread that waits for a dead server cannot be ended, and keeps even process.exit() waiting; a child can be left
 * behind. All questions share one deadline.
 *
 * Needs: what stat(2) on each path needs
 * @returns for every question the chain of stats, `timeout` where none came in time
 */
export async function askRemote(
  questions: readonly RemoteQuestion[],
  deadlineMs = REMOTE_DEADLINE_MS,
): Promise<Outcome<RemoteAnswer>[]> {
  const batches: RemoteQuestion[][] = [];
  for (let start = 0; start < questions.length; start += QUESTIONS_PER_CHILD) {
    batches.push(questions.slice(start, start + QUESTIONS_PER_CHILD));
  }
  return (await Promise.all(batches.map((batch) => askOneChild(batch, deadlineMs)))).flat();
}

async function askOneChild(questions: readonly RemoteQuestion[], deadlineMs: number): Promise<Outcome<RemoteAnswer>[]> {
  const answers: Outcome<RemoteAnswer>[] = questions.map(() => ({ kind: 'timeout', afterMs: deadlineMs }));
  const child = startChild(questions);
  let open = questions.length;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, deadlineMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    child.once('error', done);
    child.once('close', done);
    onLines(child, (line) => {
      const { index, answer } = readAnswer(line);
      answers[index] = answer;
      if (--open === 0) done();
    });
  });
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.unref();
  return answers;
}

/** Each path is asked on a thread of its own, so that one dead server does not hide another's answer. */
const CHILD_PROGRAM = `
const fs = require('node:fs');
const text = (stat) => [stat.dev, stat.ino, stat.nlink, stat.rdev].map(String).concat(stat.isDirectory());
const list = (path, done) => fs.readdir(Buffer.from(path, 'latin1'), 'latin1', (error, names) =>
  done(error ? { errno: error.code } : { names }));
const ask = (path, chain, climb, done) => fs.stat(Buffer.from(path, 'latin1'), { bigint: true }, (error, stat) => {
  if (error) return chain.length ? done({ chain, cut: true }) : done({ errno: error.code });
  chain.push(text(stat));
  const [a, b, c] = chain.slice(-3).map((it) => it[0] + ':' + it[1]);
  if (!climb || (a === b && b === c)) return done({ chain, cut: false });
  if (chain.length > 512) return done({ chain, cut: true });
  ask(path + '/..', chain, climb, done);
});
JSON.parse(fs.readFileSync(0, 'utf8')).forEach((question, index) => {
  const done = (answer) => fs.writeSync(1, JSON.stringify({ index, ...answer }) + '\\n');
  if (question.want === 'names') return list(question.path, done);
  if (question.fd === null) return ask(question.path, [], question.want === 'chain', done);
  fs.open('/proc/self/fd/' + question.fd + '/' + question.path, ${O_PATH | fs.constants.O_DIRECTORY}, (error, fd) =>
    error ? done({ errno: error.code }) : ask('/proc/self/fd/' + fd, [], question.want === 'chain', done));
});
`;

function startChild(questions: readonly RemoteQuestion[]): ChildProcess {
  const stdio: ('ignore' | 'pipe' | number)[] = ['pipe', 'pipe', 'ignore'];
  const forChild = questions.map((question) => {
    if (question.fd === null) return question;
    stdio.push(question.fd);
    return { ...question, fd: stdio.length - 1 };
  });
  const child = spawn(globalThis.process.execPath, ['-e', CHILD_PROGRAM], {
    stdio,
    env: { UV_THREADPOOL_SIZE: String(QUESTIONS_PER_CHILD) },
  });
  // A child that was killed before it read them leaves a broken pipe, and its questions stay unanswered.
  child.stdin?.on('error', () => child.kill('SIGKILL'));
  child.stdin?.end(JSON.stringify(forChild));
  return child;
}

function onLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8');
  child.stdout?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

function readAnswer(line: string): { index: number; answer: Outcome<RemoteAnswer> } {
  const { index, errno, chain, cut, names } = JSON.parse(line) as {
    index: number;
    errno?: string;
    chain?: [string, string, string, string, boolean][];
    cut?: boolean;
    names?: string[];
  };
  if (errno !== undefined) return { index, answer: missingFromErrno(errno) };
  const stats = (chain ?? []).map(([dev, ino, nlink, rdev, isDirectory]) => ({
    dev: BigInt(dev),
    ino: BigInt(ino),
    nlink: BigInt(nlink),
    rdev: BigInt(rdev),
    isDirectory,
    used: null,
  }));
  return { index, answer: value({ chain: stats, cut: cut === true, names: names ?? [] }) };
}
