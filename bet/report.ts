// What the runs say, as a page: docs/the-bet.md has the prose, and between its markers what a run has written.
import fs from 'node:fs';
import path from 'node:path';
import { toPlain } from '../bench/harness/report.ts';
import type { RunResult } from './model.ts';
import { allPlots } from './plots.ts';
import { explanations } from './report/explanations.ts';
import { type Fared, summarise, wrongSeconds } from './report/summary.ts';
import {
  decisionTable,
  happenedTable,
  mainTable,
  markdownOf,
  mishapTable,
  mistakeTable,
  priceTable,
  reasonTable,
  wrongTable,
} from './report/tables.ts';
import { upperShareOfNone } from './statistics.ts';

/** When, where and how it was measured: a figure without these is none. */
export interface About {
  readonly date: Date;
  /** Node, kernel, processor. */
  readonly machine: string;
  /** How to do it again. */
  readonly command: string;
}

/** The parts of the page that a run writes, by the names of their markers. */
type Parts = Readonly<Record<'about' | 'answer' | 'details' | 'explanations', string>>;

/** Writes the page's generated parts and its pictures: `docs` is the directory that has the-bet.md. */
export function writeReport(docs: string, runs: readonly RunResult[], about: About): void {
  const systems = summarise(runs);
  const page = path.join(docs, 'the-bet.md');
  const pictures = path.join(docs, 'the-bet');
  fs.mkdirSync(pictures, { recursive: true });
  const plots = allPlots(runs, systems, conditions(runs));
  for (const { file, svg } of plots) fs.writeFileSync(path.join(pictures, file), svg);
  const shown = (file: string) =>
    plots.filter((plot) => plot.file === file).map(({ alt }) => `![${alt}](the-bet/${file})`);
  const parts: Parts = {
    about: aboutText(runs, about),
    answer: [
      markdownOf([mainTable(systems)]),
      ...nothingWrong(systems),
      ...['wrong-rows.svg', 'wrong-decisions.svg', 'price.svg', 'timeline.svg'].flatMap((file) => [...shown(file), '']),
    ].join('\n'),
    details: markdownOf([
      wrongTable(systems),
      mishapTable(systems),
      decisionTable(systems),
      mistakeTable(systems),
      priceTable(systems),
      reasonTable(systems),
      happenedTable(runs),
    ]),
    explanations: explanations(runs),
  };
  fs.writeFileSync(page, fill(fs.readFileSync(page, 'utf8'), parts));
}

/** The same for a terminal, in short. */
export function plainReport(runs: readonly RunResult[]): string {
  const systems = summarise(runs);
  return [conditions(runs), ...[mainTable(systems), wrongTable(systems)].map(toPlain), '', explanations(runs)].join(
    '\n',
  );
}

/** Puts each part between `<!-- NAME: … -->` and `<!-- NAME: end -->`; a marker that is missing is an error, not a part that is left out. */
export function fill(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const marked = new RegExp(`(<!-- ${name}: written by npm run bet -->\n)[\\s\\S]*?(<!-- ${name}: end -->)`);
    if (!marked.test(text))
      throw new Error(
        `the page has no place for ${name}: <!-- ${name}: written by npm run bet --> … <!-- ${name}: end -->`,
      );
    return text.replace(marked, (_, start: string, end: string) => `${start}\n${part.trim()}\n\n${end}`);
  }, page);
}

function conditions(runs: readonly RunResult[]): string {
  const seeds = runs.map(({ options }) => options.seed);
  const { sessions = 0, seconds = 0 } = runs[0]?.options ?? {};
  const named = seeds.length === 1 ? `One run (seed ${seeds[0]})` : `${seeds.length} runs (seeds ${seeds.join(', ')})`;
  return `${named}, ${sessions} sessions, ${seconds} s.`;
}

function aboutText(runs: readonly RunResult[], { date, machine, command }: About): string {
  return `Measured on ${date.toISOString().slice(0, 10)} by \`${command}\`. ${conditions(runs)} ${machine}.`;
}

/** Zero of so many is not zero for ever. */
function nothingWrong(systems: readonly Fared[]): string[] {
  const clean = systems
    .filter(({ results }) => results.every((it) => wrongSeconds(it) === 0))
    // What was not answered could not be wrong.
    .map(({ system, results }) => ({
      system,
      answered: results.flatMap((it) => it.readings).filter((it) => !it.failed).length,
    }))
    .filter(({ answered }) => answered > 0);
  if (clean.length === 0) return [];
  const none = clean.map(({ system, answered }) => `${system} (none of ${answered})`).join(', ');
  const bound = (upperShareOfNone(Math.min(...clean.map(({ answered }) => answered))) * 100).toPrecision(2);
  return [
    `No reading that was answered had a wrong row: ${none}. That is no proof of never: if readings are independent of each other, up to ${bound} % of them could have one (95 % confidence).`,
    '',
  ];
}
