import type { Mishap, MishapKind, RunResult, WrongStretch } from '../model.ts';
import { type Chart, COLOURS, type DrawDatum, FONT, heading, INK, PALE_INK, toSvg } from './chart.ts';

/** A letter for what happens to one session. */
const LETTERS: Partial<Readonly<Record<MishapKind, readonly [string, string]>>> = {
  start: ['+', 'start'],
  kill: ['K', 'kill -9'],
  oom: ['O', 'OOM kill'],
  exit: ['X', 'clean exit'],
  exec: ['E', 'exec of itself'],
  'exec-shell': ['B', 'exec of a shell'],
  respawn: ['R', 'respawned pane'],
  move: ['M', 'container move'],
  hang: ['H', 'hangs'],
  'number-reused': ['N', 'killed, number handed on'],
};
const WIDTH = 1100;
const [LEFT, TOP, BOTTOM, ROOM_FOR_LETTERS, STRIP] = [70, 172, 44, 15, 3];

/** One run: each session's life, and where which system's row of it was wrong. */
export function plotTimeline({ options, mishaps, systems }: RunResult): string {
  const sessions = sessionsOf(mishaps);
  const band = ROOM_FOR_LETTERS + STRIP * systems.length + 4;
  const letters = Object.values(LETTERS).map(([letter, meaning]) => `${letter} ${meaning}`);
  return toSvg(
    {
      title: heading(
        `One run: seed ${options.seed}`,
        `${letters.join(' · ')}\nA coloured line: the row was wrong; in each session's row the systems stand from top to bottom in the order of the legend.`,
      ),
      legend: {
        top: 78,
        left: LEFT,
        width: WIDTH - LEFT - 20,
        itemWidth: 14,
        itemHeight: 5,
        itemGap: 16,
        icon: 'rect',
        textStyle: { color: INK, fontSize: 11 },
        data: systems.map(({ system }) => system),
      },
      grid: { left: LEFT, right: 20, top: TOP, bottom: BOTTOM },
      xAxis: {
        type: 'value',
        min: 0,
        max: options.seconds,
        name: 'seconds',
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: { color: PALE_INK },
        axisLabel: { color: PALE_INK, fontSize: 11, hideOverlap: true },
        splitLine: { lineStyle: { color: '#eef1f4' } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: sessions,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: PALE_INK } },
        axisLabel: { color: INK, fontSize: 11, interval: 0 },
        splitLine: { show: true, interval: 0, lineStyle: { color: '#c4cad1' } },
      },
      series: [
        hostSeries(mishaps),
        ...systems.map(({ system, stretches }, index) => stripSeries(system, stretches, { index, band, sessions })),
        letterSeries(mishaps, sessions, band),
      ],
    } as Chart,
    { width: WIDTH, height: TOP + BOTTOM + band * sessions.length },
  );
}

function sessionsOf(mishaps: readonly Mishap[]): string[] {
  const names = mishaps.flatMap((mishap) => ('session' in mishap ? [mishap.session] : []));
  return [...new Set(names)].sort();
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What happens to the whole host, or to a tmux server: over all sessions. */
function hostSeries(mishaps: readonly Mishap[]) {
  const shown = mishaps.flatMap((mishap) => {
    if ('session' in mishap) return [];
    const lasts = 'lasts' in mishap ? mishap.lasts / 1000 : 0;
    return [{ from: mishap.at / 1000, lasts, text: describe(mishap) }];
  });
  const renderItem: DrawDatum = (params, api) => {
    const { from, lasts, text } = shown[params.dataIndex] ?? { from: 0, lasts: 0, text: '' };
    const area = params.coordSys as unknown as Area;
    const [x = 0] = api.coord([from, 0]);
    const [end = 0] = api.coord([from + lasts, 0]);
    const label = {
      type: 'text' as const,
      x: x + 2,
      y: area.y - 3 - 11 * (params.dataIndex % 3),
      style: { text, fill: PALE_INK, font: `9px ${FONT}`, verticalAlign: 'bottom' as const },
    };
    const shape = { x, y: area.y, width: Math.max(1, end - x), height: area.height };
    const fill = text.startsWith('database') ? '#0072b222' : text.startsWith('starved') ? '#d55e0022' : '#6e778188';
    return { type: 'group', children: [{ type: 'rect', shape, style: { fill } }, label] };
  };
  const data = shown.map(({ from, lasts }) => [from, 0, from + lasts]);
  return { type: 'custom', silent: true, clip: false, z: 1, data, encode: { x: [0, 2], y: 1 }, renderItem };
}

function describe(mishap: Exclude<Mishap, { session: string }>): string {
  if (mishap.kind === 'starved') return 'starved of CPU';
  if (mishap.kind === 'database-outage') return 'database away';
  return `${mishap.server} ${{ 'server-killed': 'killed', 'server-started': 'back', 'client-gone': 'lost a client' }[mishap.kind]}`;
}

/** One system's wrong stretches; what was seen by one reading is as wide as that reading weighs, and never too thin to be seen. */
function stripSeries(
  name: string,
  stretches: readonly WrongStretch[],
  where: { readonly index: number; readonly band: number; readonly sessions: readonly string[] },
) {
  const color = COLOURS[name] ?? INK;
  const data = stretches.map(({ session, from, to, seconds, readings }) => {
    return [Math.max(0, from / 1000 - seconds / readings), where.sessions.indexOf(session), to / 1000];
  });
  const renderItem: DrawDatum = (_, api) => {
    const row = Number(api.value(1));
    const [x = 0, y = 0] = api.coord([api.value(0), row]);
    const [end = 0] = api.coord([api.value(2), row]);
    const top = y - where.band / 2 + ROOM_FOR_LETTERS + STRIP * where.index;
    return {
      type: 'rect',
      shape: { x, y: top, width: Math.max(2, end - x), height: STRIP - 0.5 },
      style: { fill: color },
    };
  };
  return {
    type: 'custom',
    name,
    silent: true,
    clip: true,
    z: 2,
    itemStyle: { color },
    color,
    data,
    encode: { x: [0, 2], y: 1 },
    renderItem,
  };
}

function letterSeries(mishaps: readonly Mishap[], sessions: readonly string[], band: number) {
  const shown = mishaps.flatMap((mishap) => {
    const letter = LETTERS[mishap.kind]?.[0];
    return 'session' in mishap && letter
      ? [{ at: mishap.at / 1000, row: sessions.indexOf(mishap.session), letter }]
      : [];
  });
  const renderItem: DrawDatum = (params, api) => {
    const { at, row, letter } = shown[params.dataIndex] ?? { at: 0, row: 0, letter: '' };
    const [x = 0, y = 0] = api.coord([at, row]);
    const style = {
      text: letter,
      fill: INK,
      font: `bold 11px ${FONT}`,
      align: 'center' as const,
      verticalAlign: 'top' as const,
    };
    return { type: 'text', x, y: y - band / 2 + 2, style };
  };
  const data = shown.map(({ at, row }) => [at, row]);
  return { type: 'custom', silent: true, z: 3, data, encode: { x: 0, y: 1 }, renderItem };
}
