// How all plots are made: an SVG without a DOM, on a ground of its own, which can be read on a light and on a dark page.
import * as echarts from 'echarts';

/** What echarts is told. */
export type Chart = echarts.EChartsOption;
/** What draws one datum of a series of one's own. */
export type DrawDatum = NonNullable<echarts.CustomSeriesOption['renderItem']>;

/** Text, lines and ground. */
export const INK = '#1f2328';
export const PALE_INK = '#59636e';
const GRID = '#d8dee4';
const GROUND = '#ffffff';
export const FONT = 'DejaVu Sans, Verdana, Helvetica, Arial, sans-serif';

/** Each system's colour: grey registers, red beats, brown and green are what people use besides, blue asks the kernel. */
export const COLOURS: Readonly<Record<string, string>> = {
  registration: '#6e7781',
  'heartbeat 5 s': '#e69f00',
  'heartbeat 30 s': '#d55e00',
  'heartbeat 60 s': '#9c2f00',
  'pid files': '#8c6d31',
  tmux: '#009e73',
  'plumb list': '#0a58ca',
  'observe()': '#4aa3df',
  'plumb sync --watch': '#27318f',
  'plumb serve': '#7b52ab',
  'plumb fdw': '#b04a9c',
};

/** The picture as text. Nothing of it is left running. */
export function toSvg(chart: Chart, { width, height }: { readonly width: number; readonly height: number }): string {
  const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawn.setOption({
      animation: false,
      backgroundColor: GROUND,
      textStyle: { fontFamily: FONT, color: INK },
      ...chart,
    });
    return `${still(drawn.renderToSVGString())}\n`;
  } finally {
    drawn.dispose();
  }
}

/** Without what a pointer would do to it, whose names count on from plot to plot: the same results are the same file. */
function still(svg: string): string {
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>\n?/g, '')
    .replaceAll(/ class="[^"]*"/g, '')
    .replaceAll(/zr\d+-/g, '');
}

/** A heading, and below it what must be known to read the plot. */
export function heading(text: string, subtext: string): echarts.TitleComponentOption {
  return {
    text,
    subtext,
    left: 16,
    top: 10,
    itemGap: 6,
    textStyle: { color: INK, fontSize: 16, fontFamily: FONT },
    subtextStyle: { color: PALE_INK, fontSize: 11.5, lineHeight: 15, fontFamily: FONT },
  };
}

/** The systems, the first on top; their names stand at the leftmost panel only. */
export function systemAxis(systems: readonly string[], panel: number) {
  return {
    type: 'category' as const,
    gridIndex: panel,
    inverse: true,
    data: [...systems],
    axisTick: { show: false },
    axisLine: { lineStyle: { color: PALE_INK } },
    axisLabel: { show: panel === 0, color: INK, fontSize: 12, interval: 0 },
    splitLine: { show: true, interval: 0, lineStyle: { color: '#eef1f4' } },
  };
}

/** What the colours mean. The gaps are wide, since the fonts of who looks may be. */
export function legend(names: readonly string[], left: number) {
  return {
    top: 62,
    left,
    itemWidth: 14,
    itemHeight: 10,
    itemGap: 30,
    textStyle: { color: INK, fontSize: 12 },
    data: [...names],
  };
}

/** An axis of amounts, as they are. */
export function amountAxis(panel: number, name: string) {
  return { type: 'value' as const, gridIndex: panel, min: 0, ...AXIS_LOOK, name };
}

/**
 * An axis on which nothing has a place too: linear below `unit`, logarithmic above. A logarithm alone cannot show that a
 * system was never wrong, and whoever leaves such a system out, or moves it to a small number, does not tell the truth.
 */
export class WideAxis {
  readonly #unit: number;
  readonly #most: number;

  constructor(unit: number, values: readonly number[]) {
    this.#unit = unit;
    this.#most = Math.max(unit, ...values);
  }

  place(value: number): number {
    return Math.log10(1 + value / this.#unit);
  }

  /** @param narrow where there is no room for the mark at `unit`, which stands close to 0 */
  option(panel: number, name: string, narrow: boolean) {
    const decades = Math.ceil(Math.log10(this.#most / this.#unit) - 1e-9);
    const marks = [0, ...Array.from({ length: decades + 1 }, (_, power) => this.#unit * 10 ** power)];
    const at = marks.map((mark) => this.place(mark));
    // Of many decades every other one.
    const isTold = (index: number) => !narrow || decades <= 2 || (index !== 1 && (decades <= 4 || index % 2 === 0));
    const texts = new Map(at.map((place, index) => [place.toFixed(6), isTold(index) ? amount(marks[index] ?? 0) : '']));
    return {
      ...AXIS_LOOK,
      type: 'value' as const,
      gridIndex: panel,
      name,
      // A dot at 0 is seen as a whole.
      min: -0.04 * Math.max(...at),
      max: Math.max(...at),
      axisTick: { show: true, customValues: at },
      axisLabel: {
        ...AXIS_LOOK.axisLabel,
        hideOverlap: false,
        customValues: at,
        formatter: (place: number) => texts.get(place.toFixed(6)) ?? '',
      },
    };
  }
}

const AXIS_LOOK = {
  nameLocation: 'middle' as const,
  nameGap: 28,
  nameTextStyle: { color: PALE_INK, fontSize: 11.5 },
  axisLine: { show: true, lineStyle: { color: PALE_INK } },
  axisLabel: { color: PALE_INK, fontSize: 11, hideOverlap: true },
  splitLine: { show: true, lineStyle: { color: GRID } },
};

function amount(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(3)));
}
