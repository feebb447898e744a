import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { parseOutcome } from './attempt.ts';
import { parseRunnable } from './parse/loadavg.ts';
import type { Procfs } from './procfs.ts';

/** What the second thread has found. */
export interface Found {
  /** Triples: the index of a stat line, the number of a descriptor, and the inode of the socket that it leads to. */
  readonly sockets: Float64Array;
  /** The stat lines of the processes that have them, one character each byte, read after their descriptors. */
  readonly stats: readonly string[];
  /** Processes with descriptors, and none to a socket. Of any other there is more to be said: they are looked at again. */
  readonly bare: readonly number[];
}

/** A walk through the descriptors of many processes, by two threads: each takes the next few that nobody has taken. */
export interface SharedWalk {
  /** The processes that this thread is to look at, until there are none left. */
  mine(): Generator<number>;
  /** What the other one has found; null where it could not be started, or has failed. */
  theirs(): Promise<Found | null>;
}

/** With fewer processes one thread is done before another one has started, which takes 25 ms. */
const WORTH_A_THREAD = 600;
const CHUNK = 8;

/**
 * Whether a second thread would help: where there is much to do, and a processor that has nothing else to do. On a busy
 * machine it would only cost more.
 *
 * Source: /proc/loadavg
 * Needs:  nothing
 */
export function isWorthAThread(procfs: Procfs, processes: number): boolean {
  if (processes < WORTH_A_THREAD) return false;
  const runnable = parseOutcome(procfs.read('loadavg'), parseRunnable);
  return runnable.kind === 'value' && runnable.value < os.availableParallelism();
}

/** In plain JavaScript, since it starts in a thread of its own, from no file. */
const PROGRAM = `
const fs = require('node:fs');
const { parentPort, workerData: { root, pids, next, prefix } } = require('node:worker_threads');
const buffer = Buffer.allocUnsafe(16384);
const sockets = [], stats = [], bare = [];
const look = (pid) => {
  const line = fs.openSync(root + '/' + pid + '/stat', 'r');
  try {
    const directory = root + '/' + pid + '/fd/';
    const fds = fs.readdirSync(directory, 'latin1');
    if (fds.length === 0) return;
    const before = sockets.length;
    for (const fd of fds) {
      let target = '';
      try {
        target = fs.readlinkSync(directory + fd, 'latin1');
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
      if (target.startsWith(prefix)) sockets.push(stats.length, Number(fd), Number(target.slice(prefix.length, -1)));
    }
    if (sockets.length === before) return bare.push(pid);
    stats.push(buffer.latin1Slice(0, fs.readSync(line, buffer, 0, buffer.length, null)));
  } finally {
    fs.closeSync(line);
  }
};
for (let at = Atomics.add(next, 0, ${CHUNK}); at < pids.length; at = Atomics.add(next, 0, ${CHUNK})) {
  for (const pid of pids.slice(at, at + ${CHUNK})) {
    const before = sockets.length;
    try {
      look(pid);
    } catch {
      sockets.length = before;
    }
  }
}
const found = Float64Array.from(sockets);
parentPort.postMessage({ sockets: found, stats, bare }, [found.buffer]);
`;

/**
 * Starts a second thread that walks through descriptors: most of the time goes into the kernel's own work, which two
 * threads do at once. An open stat file is of one process: while there is a line to be read, its number has not been given
 * to another, and what was read by that number is its own.
 *
 * Source: /proc/<pid>/fd, /proc/<pid>/stat
 * Needs:  as a walk by one thread does
 */
export function startSharedWalk(root: string, pids: readonly number[], prefix: string): SharedWalk {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const found = walkElsewhere({ root, pids, next, prefix });
  return {
    *mine() {
      for (let at = Atomics.add(next, 0, CHUNK); at < pids.length; at = Atomics.add(next, 0, CHUNK)) {
        yield* pids.slice(at, at + CHUNK);
      }
    },
    theirs: () => found,
  };
}

function walkElsewhere(workerData: object): Promise<Found | null> {
  return new Promise((resolve) => {
    try {
      const limits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };
      const thread = new Worker(PROGRAM, { eval: true, workerData, resourceLimits: limits, execArgv: [], env: {} });
      thread.once('message', (found: Found) => resolve(found));
      // What a thread has not told is walked through by this one.
      thread.once('error', () => resolve(null));
      thread.once('exit', () => resolve(null));
    } catch {
      resolve(null);
    }
  });
}
