import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { onTestFinished } from 'vitest';
import { inMountNamespace } from './namespaces.ts';
import { output } from './observe-elsewhere.ts';
import { makeDirectories } from './scratch.ts';
import { waitFor } from './wait-for.ts';

/** A file system in a mount namespace of its own, which can be made to stop answering. */
export interface HangingMount {
  /** Where it is mounted, inside the namespace. */
  readonly path: string;
  /** The same directory where it always answers. */
  readonly source: string;
  /** A command that leads into the namespace. */
  readonly inside: readonly string[];
  /** Stops its server, and waits until a look at it really hangs. */
  readonly hang: () => Promise<void>;
  /** Takes the mount out of the table; who works in it stays there. */
  readonly unmountLazily: () => Promise<void>;
}

/** Mounts a directory through a server of FUSE, like a network file system whose server can die. */
export async function makeHangingMount(scratch: string): Promise<HangingMount> {
  const [source, path] = makeDirectories(scratch, 'source', 'mounted');
  fs.writeFileSync(`${source}/is-mounted`, '');
  const timeouts = 'attr_timeout=0,entry_timeout=0,negative_timeout=0';
  const [unshare = '', ...argv] = inMountNamespace(`exec bindfs -f -o ${timeouts} ${source} ${path}`);
  const server = spawn(unshare, argv, { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    // Its death ends all waiting, also of those who could not be killed.
    server.kill('SIGKILL');
    await ended;
  });
  const inside = ['nsenter', '-m', '-t', String(server.pid)];
  const answers = (patienceMs: number) =>
    output([...inside, 'stat', `${path}/is-mounted`], patienceMs).then(
      () => true,
      () => false,
    );
  await waitFor('the mount', () => answers(1000));
  return {
    path,
    source,
    inside,
    hang: async () => {
      server.kill('SIGSTOP');
      await waitFor('the mount to hang', async () => !(await answers(300)));
    },
    unmountLazily: async () => {
      await output([...inside, 'umount', '-l', path]);
    },
  };
}
