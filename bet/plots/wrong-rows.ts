import { WRONGS, type Wrong } from '../model.ts';
import { type Fared, figure, notKnownSeconds, wrongSeconds } from '../report/summary.ts';
import { amountAxis, heading, INK, legend, systemAxis, toSvg } from './chart.ts';
import { dotPanel } from './dots.ts';

const COLOUR: Readonly<Record<Wrong, string>> = {
  'dead called alive': '#d55e00',
  'alive called dead': '#0072b2',
  'wrong pid': '#e6a700',
  'wrong pane': '#8a8f98',
};
const WIDTH = 1000;
const [TOP, BOTTOM, LEFT, PANEL, GAP] = [112, 52, 150, 300, 40];
const DOTS = (WIDTH - LEFT - PANEL - 2 * GAP - 30) / 2;

/** Row seconds that were wrong: on the left as they add up, beside it so that the small ones can be told apart from none, and at the right those of which nothing was known: whoever does not answer is not wrong. */
export function plotWrongRows(systems: readonly Fared[], conditions: string): string {
  const names = systems.map(({ system }) => system);
  const totals = systems.map((fared) => fared.estimate(wrongSeconds).mean);
  const placeOf = (panel: number) => {
    return { left: LEFT + PANEL + GAP + (panel - 1) * (DOTS + GAP), width: DOTS, top: TOP, bottom: BOTTOM };
  };
  const wrong = { name: 'the same, logarithmic above 0.1', unit: 0.1, of: (it: Fared) => it.estimate(wrongSeconds) };
  const notKnown = { name: 'unknown, or no answer', unit: 0.1, of: (it: Fared) => it.estimate(notKnownSeconds) };
  const panels = [dotPanel(systems, wrong, 1, placeOf(1)), dotPanel(systems, notKnown, 2, placeOf(2))];
  const bars = WRONGS.map((wrong, index) => ({
    type: 'bar' as const,
    name: wrong,
    stack: 'wrong',
    barWidth: '58%',
    itemStyle: { color: COLOUR[wrong] },
    data: systems.map((fared) => fared.estimate(({ wrongSeconds: by }) => by[wrong]).mean),
    // The sum stands at the end of the bar, which the last part of it has.
    ...(index === WRONGS.length - 1 && {
      label: {
        show: true,
        position: 'right' as const,
        color: INK,
        fontSize: 11,
        formatter: ({ dataIndex }: { dataIndex: number }) => figure(totals[dataIndex] ?? 0),
      },
    }),
  }));
  return toSvg(
    {
      title: heading(
        'Wrong rows: row seconds a run',
        `One row that is wrong for one second. Mean of the runs; lines are 95 % confidence intervals over the seeds. ${conditions}`,
      ),
      legend: legend(WRONGS, LEFT),
      grid: [{ left: LEFT, width: PANEL, top: TOP, bottom: BOTTOM }, ...panels.map(({ grid }) => grid)],
      xAxis: [
        { ...amountAxis(0, 'row seconds a run, by kind'), max: room(totals) },
        ...panels.map(({ xAxis }) => xAxis),
      ],
      yAxis: [systemAxis(names, 0), ...panels.map(({ yAxis }) => yAxis)],
      series: [...bars, ...panels.flatMap(({ series }) => series)],
    },
    { width: WIDTH, height: TOP + BOTTOM + 34 * systems.length },
  );
}

/** Room for the number behind the longest bar. */
function room(totals: readonly number[]): number {
  const most = Math.max(1, ...totals) * 1.12;
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return Math.ceil(most / step) * step;
}
