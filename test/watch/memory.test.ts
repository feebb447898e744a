/** What a watch keeps from pass to pass: nothing. `npm run soak:watch` lets it go on for hours of them in minutes. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../../src/open-registry.ts';
import type { Clock } from '../../src/watch/clock.ts';
import { watch } from '../../src/watch/watch.ts';
import { install } from '../makers/c-program.ts';
import { homesIn } from '../makers/look.ts';
import { memoryInUse } from '../makers/memory-in-use.ts';
import { postgresVersions, usePostgres } from '../makers/postgres.ts';
import { requires } from '../makers/requires.ts';
import { makeDirectories, makeScratch } from '../makers/scratch.ts';
import { startTmux } from '../makers/tmux.ts';

const PASSES = Number(globalThis.process.env['SOAK_PASSES'] ?? 160);
/**
 * How much more there may be in the last quarter of them than in the one before, at its least: not everything goes in one
 * collection, and code goes on being compiled for thousands of passes.
 */
const MORE_BYTES = 300_000;
/** So many measurements in each quarter. */
const IN_A_QUARTER = 8;
const NAMES = ['ada', 'bob', 'cy', 'dot', 'eve', 'flo'];

/** A clock on which each wait is over at once. */
function hastyClock(): Clock {
  let passedMs = 0;
  return {
    nowMs: () => passedMs,
    after: (ms, run) => {
      const turn = setImmediate(() => {
        passedMs += ms;
        run();
      });
      return () => clearImmediate(turn);
    },
  };
}

describe.each(postgresVersions().slice(-1))('a watch in Postgres $major', (version) => {
  requires('cc', 'setpriv', 'postgres', 'tmux');
  const server = usePostgres(version);

  it('has no more in memory and no more files after many passes than after some', { timeout: 1_800_000 }, async () => {
    const scratch = makeScratch();
    const claude = install('agent', `${scratch}/bin/claude`);
    const tmux = await startTmux(scratch);
    const panes = makeDirectories(`${scratch}/homes`, ...NAMES).map((home) => tmux.openPane(home, [claude, '600']));
    const url = server().createDatabase();
    const registry = await openRegistry({ url, anySchema: true });
    await registry.migrate();
    await registry.close();

    const controller = new AbortController();
    onTestFinished(() => controller.abort());
    const held: number[] = [];
    const files: number[] = [];
    let [passes, changes] = [0, 0];
    await watch({
      open: () => openRegistry({ url }),
      homes: [homesIn(`${scratch}/homes`)],
      commands: ['claude'],
      hostId: 'memory',
      clock: hastyClock(),
      signal: controller.signal,
      onPass: ({ plan }) => {
        passes++;
        changes += plan.changes.length;
        if (passes % 3 === 0) panes[(passes / 3) % panes.length]?.respawn();
        if (passes % Math.floor(PASSES / (4 * IN_A_QUARTER)) === 0) {
          held.push(memoryInUse());
          files.push(fs.readdirSync('/proc/self/fd').length);
          tell(passes, held.at(-1) ?? 0, files.at(-1) ?? 0);
        }
        if (passes === PASSES) controller.abort();
      },
    });
    expect(passes).toBe(PASSES);
    // It was not idle.
    expect(changes).toBeGreaterThan(PASSES / 6);
    const least = (quarter: number) => Math.min(...held.slice(quarter * IN_A_QUARTER, (quarter + 1) * IN_A_QUARTER));
    expect(least(3) - least(2)).toBeLessThan(MORE_BYTES);
    expect(Math.max(...files.slice(-IN_A_QUARTER))).toBeLessThanOrEqual(Math.max(...files.slice(0, -IN_A_QUARTER)));
  });
});

/** Only where somebody wants to see it. */
function tell(passes: number, bytes: number, files: number): void {
  if (globalThis.process.env['SOAK_PASSES'] === undefined) return;
  globalThis.process.stdout.write(`${passes} passes: ${(bytes / 1e6).toFixed(2)} MB in use, ${files} files\n`);
}
