import { type Fared, figure } from '../report/summary.ts';
import type { Estimate } from '../statistics.ts';
import { type Chart, COLOURS, type DrawDatum, INK, systemAxis, WideAxis } from './chart.ts';

/** One quantity of all systems: a dot at the mean, a line over its interval. */
export interface Dots {
  readonly name: string;
  /** Below it the axis is linear. */
  readonly unit: number;
  readonly of: (fared: Fared) => Estimate;
}

/** Where a panel stands in its picture. */
export interface Place {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
}

/** The parts of one panel, to be put into a chart beside others. */
export function dotPanel(systems: readonly Fared[], dots: Dots, panel: number, place: Place) {
  const estimates = systems.map(dots.of);
  const axis = new WideAxis(
    dots.unit,
    estimates.flatMap(({ mean, high }) => [mean, high ?? 0]),
  );
  const names = systems.map(({ system }) => system);
  const at = { xAxisIndex: panel, yAxisIndex: panel };
  const rows = estimates.map(({ mean, low, high }, row) => [
    axis.place(mean),
    row,
    axis.place(low ?? mean),
    axis.place(high ?? mean),
  ]);
  return {
    grid: place,
    xAxis: axis.option(panel, dots.name, place.width < 250),
    yAxis: systemAxis(names, panel),
    series: [
      {
        ...at,
        type: 'custom' as const,
        silent: true,
        data: rows,
        encode: { x: [2, 3], y: 1 },
        renderItem: drawInterval(names),
      },
      {
        ...at,
        type: 'scatter' as const,
        symbolSize: 8,
        data: rows.map(([mean, row], index) => ({
          value: [mean ?? 0, row ?? 0],
          itemStyle: { color: colour(names[index]) },
          label: { formatter: figure(estimates[index]?.mean ?? 0) },
        })),
        label: { show: true, position: 'top' as const, distance: 2, fontSize: 9.5, color: INK },
      },
    ],
  };
}

/** Panels side by side, of equal width. */
export function dotPanels(
  systems: readonly Fared[],
  panels: readonly Dots[],
  frame: { readonly width: number; readonly top: number },
): Chart {
  const [first, gap] = [150, 34];
  const width = (frame.width - first - 24 - gap * (panels.length - 1)) / panels.length;
  const made = panels.map((dots, panel) => {
    return dotPanel(systems, dots, panel, { left: first + panel * (width + gap), width, top: frame.top, bottom: 52 });
  });
  return {
    grid: made.map(({ grid }) => grid),
    xAxis: made.map(({ xAxis }) => xAxis),
    yAxis: made.map(({ yAxis }) => yAxis),
    series: made.flatMap(({ series }) => series),
  };
}

function drawInterval(names: readonly string[]): DrawDatum {
  return (_, api) => {
    const row = Number(api.value(1));
    const [from = 0, y = 0] = api.coord([api.value(2), row]);
    const [to = 0] = api.coord([api.value(3), row]);
    const style = { stroke: colour(names[row]), lineWidth: 1.5 };
    const line = (x1: number, y1: number, x2: number, y2: number) => {
      return { type: 'line' as const, shape: { x1, y1, x2, y2 }, style };
    };
    if (to - from < 0.5) return { type: 'group', children: [] };
    return {
      type: 'group',
      children: [line(from, y, to, y), line(from, y - 4, from, y + 4), line(to, y - 4, to, y + 4)],
    };
  };
}

function colour(system: string | undefined): string {
  return COLOURS[system ?? ''] ?? INK;
}
