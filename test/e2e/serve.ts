import { onTestFinished } from 'vitest';
import { waitFor } from '../makers/wait-for.ts';
import { startWatcher, type Watcher } from '../makers/watcher.ts';
import { type Fleet, PLUMB } from './plumb.ts';

/** A `plumb serve` that answers. */
export interface Served {
  readonly server: Watcher;
  /** Where it listens, as it says. */
  readonly addresses: readonly string[];
}

/** Starts it over a fleet, and waits until it answers; it ends with the test. */
export async function serve(
  fleet: Fleet,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const server = start(fleet, words, env);
  const count = words.filter((it) => it === '--pg').length;
  await waitFor(`it to listen: ${server.notes().join('\n')}`, () => server.lines().length >= count);
  return { server, addresses: server.lines().map((line) => line.split('  ')[0] ?? '') };
}

/** Starts it, and waits for nothing. */
export function start(fleet: Fleet, words: readonly string[], env: Readonly<Record<string, string>> = {}): Watcher {
  return startWatcher([globalThis.process.execPath, PLUMB, 'serve', ...words, ...fleet.flags], {
    cwd: fleet.directory,
    env: {
      PATH: globalThis.process.env['PATH'] ?? '',
      HOME: fleet.directory,
      PLUMBLINE_CONFIG: '/dev/null',
      ...env,
    },
  });
}

/** Calls off what is still open when a test has failed. */
export function atEnd(run: () => Promise<unknown>): void {
  onTestFinished(async () => {
    await run();
  });
}
