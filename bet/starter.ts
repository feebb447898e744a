import fs from 'node:fs';

const LOOK_MS = 500;

/**
 * The end of the npm that has started us: where it is killed it takes nobody with it, and nobody waits for us any more.
 * Never, where no npm has.
 * @returns the exit code for that
 */
export function endOfStarter(): Promise<number> {
  const npm = process.env['npm_lifecycle_event'] === undefined ? null : starter();
  if (npm === null) return new Promise(() => {});
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = starter();
      if (now?.shell === npm.shell && now.npm === npm.npm) return;
      clearInterval(timer);
      console.error('npm has ended: so do we');
      resolve(1);
    }, LOOK_MS);
    timer.unref();
  });
}

/** npm, and the shell that it runs commands with: whom we have been started by. */
function starter(): { readonly shell: number; readonly npm: number } | null {
  try {
    const stat = fs.readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
    return { shell: process.ppid, npm: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) };
  } catch {
    return null;
  }
}
