// Runs a program in pid, mount and ipc namespaces of its own, with a stage that is in no other: whatever becomes of it, or
// of us, its processes, mounts, files and shared memory are gone with it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import proc from 'node:process';

/** Directories that every Linux has and nobody needs in there: a file system in memory is put over one. */
const STAGES = ['/media', '/srv', '/mnt'];

/**
 * The first process: it makes the stage, waits for the program, and reaps whoever has lost a parent. Shared memory has a
 * name in /dev/shm, which stays where a Postgres is killed.
 */
const INIT = `mount -t tmpfs -o mode=1777 tmpfs /dev/shm && mount -t tmpfs -o mode=755 tmpfs "$1" || exit 1
shift; "$@" & wait $!`;

/** How long a program may take to end by itself after Ctrl-C. */
const PATIENCE_MS = 20_000;

/**
 * Runs it, and ends this process as it ends. Needs root, and the commands unshare and setpriv.
 * @param {(stage: string) => readonly string[]} commandOn the command, told its stage
 */
export function runInOwnNamespaces(commandOn) {
  const here = [fs.realpathSync(proc.cwd()), fs.realpathSync(proc.execPath)];
  const stage = STAGES.find((it) => fs.existsSync(it) && !here.some((path) => path.startsWith(`${it}/`)));
  if (proc.getuid?.() !== 0 || stage === undefined) {
    console.error(stage ? 'it needs root, for namespaces of its own' : `none of ${STAGES.join(', ')} can be used`);
    proc.exit(3);
  }
  const kinds = ['--pid', '--mount', '--ipc', '--mount-proc', '--propagation', 'private'];
  const own = ['unshare', '--fork', ...kinds, '--kill-child'];
  // With us unshare goes, and with it the first process in there, and with that one all the others.
  const argv = ['--pdeathsig', 'KILL', ...own, 'sh', '-c', INIT, 'init', stage, ...commandOn(stage)];
  const child = spawn('setpriv', argv, { stdio: 'inherit' });
  const end = () => child.kill('SIGKILL');
  proc.on('SIGTERM', end);
  proc.on('SIGHUP', end);
  // Ctrl-C has reached the program as well.
  proc.on('SIGINT', () => setTimeout(end, PATIENCE_MS).unref());
  endWithNpm(end);
  child.on('exit', (code, signal) => proc.exit(code ?? (signal ? 130 : 1)));
}

/** npm starts a shell that starts us, and neither of us is told when it is killed. */
function endWithNpm(end) {
  if (proc.env['npm_lifecycle_event'] === undefined) return;
  const parents = () => `${proc.ppid} ${parentOf(proc.ppid)}`;
  const before = parents();
  setInterval(() => parents() !== before && end(), 1000).unref();
}

function parentOf(pid) {
  try {
    return /^PPid:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return 'gone';
  }
}
