import { DECISIONS, type Outcome } from '../model.ts';
import type { Fared } from '../report/summary.ts';
import { figure } from '../report/summary.ts';
import { heading, INK, legend, PALE_INK, systemAxis, toSvg } from './chart.ts';

/** From the worst to the least. */
const BAD = ['wrong target', 'failed', 'missed'] as const satisfies readonly Outcome[];
const COLOUR: Readonly<Record<(typeof BAD)[number], string>> = {
  'wrong target': '#b2182b',
  failed: '#ef8a62',
  missed: '#b9bec5',
};
const WIDTH = 1000;
const [TOP, BOTTOM, LEFT, GAP] = [112, 52, 150, 30];

/** Of a hundred decisions of each kind, those that hit the wrong target, reached nobody, or were not made though they could have been. */
export function plotWrongDecisions(systems: readonly Fared[], conditions: string): string {
  const width = (WIDTH - LEFT - 24 - GAP * (DECISIONS.length - 1)) / DECISIONS.length;
  const names = systems.map(({ system }) => system);
  const shares = DECISIONS.map((decision) => {
    return BAD.map((outcome) => {
      return systems.map((fared) => fared.estimate(({ decisions }) => inHundred(decisions[decision], outcome)).mean);
    });
  });
  const totals = shares.map((bad) => names.map((_, row) => bad.reduce((sum, shown) => sum + (shown[row] ?? 0), 0)));
  const most = Math.min(100, Math.max(10, Math.ceil((Math.max(...totals.flat()) * 1.15) / 10) * 10));
  return toSvg(
    {
      title: heading(
        'Wrong decisions: of a hundred of each kind',
        `Judged at the moment at which the row was in hand; nothing was sent. Means of the runs. ${conditions}`,
      ),
      legend: legend(BAD, LEFT),
      grid: DECISIONS.map((_, panel) => ({ left: LEFT + panel * (width + GAP), width, top: TOP, bottom: BOTTOM })),
      xAxis: DECISIONS.map((decision, gridIndex) => ({
        type: 'value',
        gridIndex,
        min: 0,
        max: most,
        name: `${decision}, % of the decisions`,
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: PALE_INK, fontSize: 11.5 },
        axisLabel: { color: PALE_INK, fontSize: 11 },
        splitLine: { lineStyle: { color: '#d8dee4' } },
      })),
      yAxis: DECISIONS.map((_, panel) => systemAxis(names, panel)),
      series: DECISIONS.flatMap((_, panel) =>
        BAD.map((outcome, index) => ({
          type: 'bar' as const,
          name: outcome,
          xAxisIndex: panel,
          yAxisIndex: panel,
          stack: `bad ${panel}`,
          barWidth: '58%',
          itemStyle: { color: COLOUR[outcome] },
          data: shares[panel]?.[index] ?? [],
          ...(index === BAD.length - 1 && {
            label: {
              show: true,
              position: 'right' as const,
              color: INK,
              fontSize: 11,
              formatter: ({ dataIndex }: { dataIndex: number }) => figure(totals[panel]?.[dataIndex] ?? 0),
            },
          }),
        })),
      ),
    },
    { width: WIDTH, height: TOP + BOTTOM + 30 * systems.length },
  );
}

function inHundred(outcomes: Readonly<Record<Outcome, number>>, outcome: Outcome): number {
  const all = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return all === 0 ? 0 : (outcomes[outcome] / all) * 100;
}
