import type { Act } from './act.ts';
import type { LineFindings } from './judge-lines.ts';

/** What became of a storm. */
export interface StormReport {
  readonly acts: readonly Act[];
  readonly lines: LineFindings;
  readonly violations: readonly string[];
  /** Uncertain nudges although nothing was going on. */
  readonly unexplained: readonly string[];
  readonly troubles: ReadonlyMap<string, number>;
  readonly tookMs: number;
}

/** The report as a table for people. */
export function toTable({ acts, lines, violations, unexplained, troubles, tookMs }: StormReport): string {
  const rows: [string, number | string][] = [
    ['acts', acts.length],
    ['  by the command', acts.filter(({ by }) => by === 'command').length],
    ['nudges delivered', acts.filter(({ outcome }) => outcome === 'delivered').length],
    ...tally(
      '  by',
      acts.filter(({ outcome }) => outcome === 'delivered'),
      ({ way }) => way,
    ),
    ['nudges uncertain', acts.filter(({ outcome }) => outcome === 'uncertain').length],
    ...tally(
      '  typed:',
      acts.filter(({ outcome }) => outcome === 'uncertain'),
      ({ reason }) => reason,
    ),
    ['  though nothing was going on', unexplained.length],
    ['refused', acts.filter(({ outcome }) => outcome === 'refused').length],
    ...tally(
      '  ',
      acts.filter(({ outcome }) => outcome === 'refused'),
      ({ reason }) => reason,
    ),
    ['signals sent', acts.flatMap(({ sentTo }) => sentTo).length],
    ...[...lines.loneTexts].map(([who, count]): [string, number] => [`text without Enter, read by ${who}`, count]),
    ...[...lines.loneEnters].map(([who, count]): [string, number] => [`Enter without text, read by ${who}`, count]),
    ['troubles', [...troubles.values()].reduce((sum, count) => sum + count, 0)],
    ...[...troubles].map(([name, count]): [string, number] => [`  ${name}`, count]),
    ['seconds', (tookMs / 1000).toFixed(1)],
    ['violations', violations.length],
  ];
  return rows.map(([what, value]) => `${what.padEnd(40)}${String(value).padStart(8)}`).join('\n');
}

function tally(prefix: string, acts: readonly Act[], key: (act: Act) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const act of acts) counts.set(key(act), (counts.get(key(act)) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => [`${prefix} ${name}`, count]);
}
