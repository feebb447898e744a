import { cpuSeconds, type Fared, wrongSeconds } from '../report/summary.ts';
import { heading, toSvg } from './chart.ts';
import { dotPanels } from './dots.ts';

const WIDTH = 1000;
const TOP = 84;

/** What each system gets, and what it pays for that, side by side. */
export function plotPrice(systems: readonly Fared[], conditions: string): string {
  const panels = dotPanels(
    systems,
    [
      { name: 'wrong row seconds', unit: 0.1, of: (fared) => fared.estimate(wrongSeconds) },
      { name: 'rows written', unit: 1, of: (fared) => fared.estimate(({ cost }) => cost.rowsWritten) },
      { name: 'kB of WAL', unit: 1, of: (fared) => fared.estimate(({ cost }) => cost.walBytes / 1000) },
      { name: 'CPU s, all of it', unit: 0.1, of: (fared) => fared.estimate(cpuSeconds) },
      { name: 'ms a reading (median)', unit: 1, of: (fared) => fared.estimate(({ readingMs }) => readingMs.median) },
    ],
    { width: WIDTH, top: TOP },
  );
  return toSvg(
    {
      ...panels,
      title: heading(
        'What it costs',
        `Each axis is logarithmic, with a place for 0. Lines are 95 % confidence intervals over the seeds. ${conditions}`,
      ),
    },
    { width: WIDTH, height: TOP + 52 + 36 * systems.length },
  );
}
