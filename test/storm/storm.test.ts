import fs from 'node:fs';
import { expect, it } from 'vitest';
import { leavesNothingBehind } from '../makers/leftovers.ts';
import { requires } from '../makers/requires.ts';
import { makeScratch } from '../makers/scratch.ts';
import { toTable } from './report.ts';
import { storm } from './storm.ts';

requires('cc', 'tmux', 'screen', 'script', 'root', 'the whole machine');
leavesNothingBehind();

/** What `npm run storm` sets; here a few hundred acts, as many as fit into half a minute. */
const { STORM_ACTS, STORM_SEED, STORM_REPORT } = globalThis.process.env;
const FEW_ACTS = 300;
const BOUND_MS = 30_000;
const HOUR_MS = 3_600_000;

it('no line and no signal reaches another process, every no is true, and what was delivered was read', {
  timeout: HOUR_MS,
}, async () => {
  const boundMs = STORM_ACTS ? null : BOUND_MS;
  const seed = Number(STORM_SEED ?? Date.now() % 100_000);
  const report = await storm({ scratch: makeScratch(), acts: Number(STORM_ACTS ?? FEW_ACTS), seed, boundMs });
  const text = `seed ${seed}\n${toTable(report)}\n`;
  if (STORM_REPORT)
    fs.writeFileSync(
      STORM_REPORT,
      `${text}${[...report.violations.map((it) => it.split('\n')[0]), ...report.unexplained, ...report.violations].join('\n')}\n`,
    );
  expect(report.violations, text).toEqual([]);
  expect(report.acts.some(({ outcome }) => outcome === 'delivered')).toBe(true);
});
