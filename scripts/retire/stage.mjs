import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import proc from 'node:process';
import { startCluster } from './cluster.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const SOCKET = 'retire';

/**
 * A copy of the sample application with a Postgres and a tmux of its own, and `plumb` in PATH: a directory like that of
 * somebody who follows docs/retire-the-sweeper.md.
 * @param beatSeconds how often agents beat, and how often the sweeper comes
 */
export async function openStage(beatSeconds) {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'plumbline-retire-')));
  // The server runs as somebody else, and its socket is below.
  chmodSync(directory, 0o755);
  const ends = [() => rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })];
  // However it ends, but by SIGKILL: nothing is left behind.
  proc.on('exit', () => {
    for (const end of ends.toReversed()) quietly(end);
  });
  const app = path.join(directory, 'runner');
  cpSync(path.join(ROOT, 'examples/agent-runner'), app, { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  const bin = path.join(directory, 'bin');
  mkdirSync(bin);
  const program = path.join(ROOT, 'dist/plumb.cjs');
  writeFileSync(path.join(bin, 'plumb'), `#!/bin/sh\nexec '${proc.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  const groups = new Set();
  let files = 0;
  const cluster = await startCluster(path.join(directory, 'pg'), 'runner', 'fleet');
  ends.push(cluster.end);
  const { TMUX: _outer, ...outside } = proc.env;
  const env = {
    ...outside,
    ...cluster.env,
    PATH: `${bin}:${path.dirname(proc.execPath)}:${proc.env.PATH}`,
    HOME: directory,
    PLUMBLINE_CONFIG: path.join(app, 'plumbline.toml'),
    RUNNER_TMUX: SOCKET,
    TMUX_TMPDIR: directory,
    PG_OS_USER: cluster.user,
    BEAT_SECONDS: String(beatSeconds),
    SWEEP_SECONDS: String(beatSeconds),
  };

  ends.push(
    () => execFileSync('tmux', ['-L', SOCKET, 'kill-server'], { env, stdio: 'ignore' }),
    // The groups of all that was started here, and of what that has left in the background.
    () => {
      for (const group of groups) quietly(() => proc.kill(-group, 'SIGKILL'));
    },
  );
  return {
    app,
    beatSeconds,
    log: cluster.log,
    env,
    tmux: (...words) => execFileSync('tmux', ['-L', SOCKET, ...words], { env, encoding: 'utf8' }).trim(),
    sql: (text) => execFileSync('psql', ['-XAtqc', text], { env, encoding: 'utf8' }).trim(),
    /** Runs a program in the application's directory to its end. @throws {Error} where that is not 0 and `mayFail` not said */
    async run(command, words, { mayFail = false } = {}) {
      // Files, since what is started in the background would hold a pipe open.
      const [out, err] = ['out', 'err'].map((it) => path.join(directory, `${it}-${++files}`));
      const stdio = ['ignore', openSync(out, 'w'), openSync(err, 'w')];
      const child = spawn(command, words, { cwd: app, env, stdio, detached: true });
      groups.add(child.pid);
      const [code] = await once(child, 'exit');
      for (const descriptor of stdio.slice(1)) closeSync(descriptor);
      // With nobody left in it, its number may be somebody else's by the end.
      if (!isThere(child.pid)) groups.delete(child.pid);
      const told = { code, out: readFileSync(out, 'utf8'), err: readFileSync(err, 'utf8') };
      if (code !== 0 && !mayFail)
        throw new Error(`${command} ${words.join(' ')}\nended with ${code}: ${told.err}${told.out}`);
      return told;
    },
  };
}

/** Whether anybody is in a group of processes. */
function isThere(group) {
  try {
    proc.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function quietly(act) {
  try {
    act();
  } catch {
    // It has ended by itself.
  }
}
