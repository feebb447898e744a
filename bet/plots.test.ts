import { describe, expect, it } from 'vitest';
import { COLOURS, WideAxis } from './plots/chart.ts';
import { allPlots } from './plots.ts';
import { madeUpRun } from './report/made-up.ts';
import { summarise } from './report/summary.ts';

const runs = [1, 2, 3].map((seed) => madeUpRun(seed));
const plots = allPlots(runs, summarise(runs), 'Made up.');
const svgOf = (file: string) => plots.find((plot) => plot.file === file)?.svg ?? '';
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');

describe('the plots', () => {
  it.each(plots.map(({ file }) => file))(
    '%s is an SVG on a ground of its own, of which nothing is undefined',
    (file) => {
      const svg = svgOf(file);
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toMatch(/<rect width="\d+" height="\d+" x="0" y="0"[^>]* fill="#ffffff"/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity|<script|https?:\/\/(?!www\.w3\.org)/);
    },
  );

  it('name every system', () => {
    const files = ['wrong-rows.svg', 'wrong-decisions.svg', 'price.svg', 'timeline.svg'];
    expect(plots.map(({ file }) => file)).toEqual(files);
    for (const file of files) expect(textsOf(svgOf(file))).toEqual(expect.arrayContaining(Object.keys(COLOURS)));
  });

  it('show what is nothing as 0, and an interval of what differs', () => {
    const texts = textsOf(svgOf('wrong-rows.svg'));
    expect(texts.filter((text) => text === '0').length).toBeGreaterThan(4);
    const one = allPlots(runs.slice(0, 1), summarise(runs.slice(0, 1)), 'Made up.')[0]?.svg ?? '';
    expect(svgOf('wrong-rows.svg').split('<path').length).toBeGreaterThan(one.split('<path').length);
  });

  it('show beside the wrong rows of whom nothing was known', () => {
    const silent = runs.map((run) => ({
      ...run,
      systems: run.systems.map((it) => ({ ...it, unknownSeconds: 1.25, unansweredSeconds: 2, whyUnknown: {} })),
    }));
    const texts = textsOf(allPlots(silent, summarise(silent), 'Made up.')[0]?.svg ?? '');
    expect(texts).toContain('unknown, or no answer');
    expect(texts.filter((text) => text === '3.25')).toHaveLength(Object.keys(COLOURS).length);
  });

  it('mark on the timeline what happened to whom', () => {
    const texts = textsOf(svgOf('timeline.svg'));
    expect(texts).toEqual(expect.arrayContaining(['s00', 's07', 'database away', 'starved of CPU', 'bet-b killed']));
    expect(texts.filter((text) => text === '+')).toHaveLength(8);
  });

  it('are the same for the same results', () => {
    expect(allPlots(runs, summarise(runs), 'Made up.')).toEqual(plots);
  });
});

describe('an axis with a place for nothing', () => {
  it('puts 0 at 0, is linear below its unit and logarithmic above', () => {
    const axis = new WideAxis(0.1, [1000]);
    expect(axis.place(0)).toBe(0);
    expect(axis.place(0.001) / axis.place(0.002)).toBeCloseTo(0.5, 2);
    expect(axis.place(1000) - axis.place(100)).toBeCloseTo(1, 2);
    const { max, min, axisLabel } = axis.option(0, '', false);
    expect(min).toBeLessThan(0);
    expect(max).toBeGreaterThanOrEqual(axis.place(1000));
    expect(axisLabel.customValues.map((at) => axisLabel.formatter(at))).toEqual(['0', '0.1', '1', '10', '100', '1 k']);
  });
});
