import fs from 'node:fs';
import { pause } from '../test/storm/clock.ts';
import { membersOf, removeCgroups } from './world/cgroups.ts';

const PATIENCE_MS = 60_000;

/** Ends all processes of a run, by the kernel's own list of them; whoever is born meanwhile is on the next one. */
export async function endMembers(roots: readonly string[]): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    const members = membersOf(roots.slice(0, 1));
    if (members.length === 0) return;
    if (performance.now() > patience) throw new Error(`${members.length} processes of the run do not end: ${members}`);
    for (const pid of members) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await pause(20);
  }
}

/** Ends and removes all that is there of a run: processes, control groups, files. */
export async function endAll(roots: readonly string[], directory: string): Promise<void> {
  await endMembers(roots);
  const patience = performance.now() + PATIENCE_MS;
  while (!removeCgroups(roots)) {
    if (performance.now() > patience) throw new Error(`control groups are left: ${roots.join(', ')}`);
    await pause(20);
  }
  // Mounts of containers have gone with their namespaces.
  fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
