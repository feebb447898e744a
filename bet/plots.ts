import type { RunResult } from './model.ts';
import { plotPrice } from './plots/price.ts';
import { plotTimeline } from './plots/timeline.ts';
import { plotWrongDecisions } from './plots/wrong-decisions.ts';
import { plotWrongRows } from './plots/wrong-rows.ts';
import type { Fared } from './report/summary.ts';

/** A picture, and what stands for it where it cannot be seen. */
export interface Plot {
  readonly file: string;
  readonly alt: string;
  readonly svg: string;
}

/** All pictures of the page. The timeline is that of the first seed: which one is not chosen by how it looks. */
export function allPlots(runs: readonly RunResult[], systems: readonly Fared[], conditions: string): readonly Plot[] {
  const [first] = runs;
  if (!first) throw new RangeError('no runs, no plots');
  return [
    {
      file: 'wrong-rows.svg',
      alt: 'Wrong row seconds of each system, by kind and with confidence intervals, and those of which it knew nothing; the table below has the numbers',
      svg: plotWrongRows(systems, conditions),
    },
    {
      file: 'wrong-decisions.svg',
      alt: 'Of a hundred nudges, signals and routings the share that hit the wrong target, failed or was missed',
      svg: plotWrongDecisions(systems, conditions),
    },
    {
      file: 'price.svg',
      alt: 'Wrong row seconds of each system beside the rows, WAL, CPU and time that it takes',
      svg: plotPrice(systems, conditions),
    },
    {
      file: 'timeline.svg',
      alt: `The run of seed ${first.options.seed}: what happened to each session, and where which row was wrong`,
      svg: plotTimeline(first),
    },
  ];
}
