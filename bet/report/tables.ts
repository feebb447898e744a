import { type Table, toMarkdown } from '../../bench/harness/report.ts';
import { DECISIONS, OUTCOMES, type RunResult, type SystemResult, WRONGS } from '../model.ts';
import type { Estimate } from '../statistics.ts';
import { cpuSeconds, type Fared, figure, notKnownSeconds, withInterval, wrongSeconds } from './summary.ts';

/** The answer to the bet, in one table. */
export function mainTable(systems: readonly Fared[]): Table {
  return {
    title: 'The bet',
    head: [
      '',
      'wrong row seconds',
      'of all',
      'not known, of all',
      'wrong target or failed, of 100',
      'missed, of 100',
      'rows written',
      'WAL, kB',
      'CPU s',
    ],
    rows: systems.map(({ system, estimate }) => [
      system,
      withInterval(estimate(wrongSeconds)),
      inHundred(estimate((it) => wrongSeconds(it) / it.rowSeconds)),
      inHundred(estimate((it) => notKnownSeconds(it) / it.rowSeconds)),
      withInterval(estimate((it) => share(it, ['wrong target', 'failed']))),
      withInterval(estimate((it) => share(it, ['missed']))),
      withInterval(estimate(({ cost }) => cost.rowsWritten)),
      withInterval(estimate(({ cost }) => cost.walBytes / 1000)),
      withInterval(estimate(cpuSeconds)),
    ]),
    note: 'A run; mean, and in parentheses the 95 % confidence interval over the seeds (Student’s t). Not known: it said unknown, or did not answer; that is not wrong, and no use either. Decisions of all three kinds together.',
  };
}

/** What was wrong, and what there was no answer to. */
export function wrongTable(systems: readonly Fared[]): Table {
  return {
    title: 'Wrong row seconds by kind, and what was not answered',
    head: ['', ...WRONGS, 'unknown', 'no answer', 'outdated', 'hung, called alive'],
    rows: systems.map(({ system, estimate }) => [
      system,
      ...WRONGS.map((wrong) => withInterval(estimate(({ wrongSeconds: by }) => by[wrong]))),
      withInterval(estimate(({ unknownSeconds }) => unknownSeconds)),
      withInterval(estimate(({ unansweredSeconds }) => unansweredSeconds)),
      withInterval(estimate(({ outdatedSeconds }) => outdatedSeconds)),
      withInterval(estimate(({ hungCalledAliveSeconds }) => hungCalledAliveSeconds)),
    ]),
    note: 'The last four columns are not wrong rows: to say unknown is not wrong; outdated is what was right at some moment while it was read, and no longer when it was answered; a session that hangs may be called alive or dead.',
  };
}

/** After what rows went wrong. */
export function mishapTable(systems: readonly Fared[]): Table {
  const kinds = [...new Set(systems.flatMap(({ results }) => results.flatMap(afterWhat).map(([kind]) => kind)))].sort();
  const secondsAfter = (result: SystemResult, kind: string) => {
    return afterWhat(result).reduce((sum, [after, seconds]) => (after === kind ? sum + seconds : sum), 0);
  };
  return {
    title: 'Wrong row seconds by what had happened before',
    head: ['', ...kinds],
    rows: systems.map(({ system, estimate }) => [
      system,
      ...kinds.map((kind) => figure(estimate((result) => secondsAfter(result, kind)).mean)),
    ]),
    note: 'Means of the runs. Each wrong stretch counts for the newest mishap before it that can have to do with it.',
  };
}

function afterWhat({ stretches }: SystemResult): (readonly [string, number])[] {
  return stretches.map(({ after, seconds }) => [after?.kind ?? 'nothing yet', seconds]);
}

/** What the decisions met. */
export function decisionTable(systems: readonly Fared[]): Table {
  const columns = DECISIONS.flatMap((decision) => OUTCOMES.map((outcome) => ({ decision, outcome })));
  return {
    title: 'Decisions',
    head: ['', ...DECISIONS.map((decision) => `${decision}: ${OUTCOMES.join(' / ')}`)],
    rows: systems.map(({ system, results }) => {
      const sums = columns.map(({ decision, outcome }) =>
        results.reduce((sum, it) => sum + it.decisions[decision][outcome], 0),
      );
      const each = DECISIONS.map((_, index) => sums.slice(index * OUTCOMES.length, (index + 1) * OUTCOMES.length));
      return [system, ...each.map((counts) => counts.join(' / '))];
    }),
    note: 'Counts of all runs together.',
  };
}

/** Why decisions of a system went wrong: what the session was at that moment. */
export function mistakeTable(systems: readonly Fared[]): Table {
  const reasons = ['hangs', 'is dead', 'lives elsewhere or otherwise'] as const;
  return {
    title: 'Decisions that hit the wrong target or nobody: what the session meant was',
    head: ['', ...reasons],
    rows: systems.map(({ system, results }) => {
      const mistakes = results.flatMap((it) => it.mistakes);
      const count = (reason: (typeof reasons)[number]) => {
        return mistakes.filter(({ truth }) => {
          if (truth.status === 'dead') return reason === 'is dead';
          return reason === (truth.responsive ? 'lives elsewhere or otherwise' : 'hangs');
        }).length;
      };
      return [system, ...reasons.map((reason) => String(count(reason)))];
    }),
    note: 'Counts of all runs together.',
  };
}

/** What keeping the rows and asking for them takes. */
export function priceTable(systems: readonly Fared[]): Table {
  return {
    title: 'What it costs',
    head: [
      '',
      'readings',
      'ms a reading, median',
      '99 of 100 within, ms',
      'CPU s, keeping',
      'reading',
      'database',
      'rows',
      'WAL, kB',
    ],
    rows: systems.map(({ system, estimate }) => [
      system,
      figure(estimate(({ cost }) => cost.readings).mean),
      figure(estimate(({ readingMs }) => readingMs.median).mean),
      figure(estimate(({ readingMs }) => readingMs.p99).mean),
      withInterval(estimate(({ cost }) => cost.keepingCpuSeconds)),
      withInterval(estimate(({ cost }) => cost.readingCpuSeconds)),
      withInterval(estimate(({ cost }) => cost.databaseCpuSeconds)),
      figure(estimate(({ cost }) => cost.rowsWritten).mean),
      figure(estimate(({ cost }) => cost.walBytes / 1000).mean),
    ]),
    note: 'A run; means of the runs. The times are of readings that were answered: none takes longer than 5 s, after which there is no answer.',
  };
}

/** Why systems did not know, or did not answer. */
export function reasonTable(systems: readonly Fared[]): Table {
  const rows = systems.flatMap(({ system, results }) => {
    const told = (what: string, of: (it: SystemResult) => Readonly<Record<string, number>>) => {
      const sums = new Map<string, number>();
      for (const it of results)
        for (const [why, seconds] of Object.entries(of(it))) {
          const reason = alike(why);
          sums.set(reason, (sums.get(reason) ?? 0) + seconds);
        }
      return [...sums]
        .sort(([, one], [, other]) => other - one)
        .map(([why, seconds]) => [system, what, why, figure(seconds)]);
    };
    return [...told('unknown', (it) => it.whyUnknown), ...told('no answer', (it) => it.whyUnanswered)];
  });
  return {
    title: 'Why there was no answer',
    head: ['', '', 'reason', 'row seconds'],
    rows,
    note: 'All runs together.',
  };
}

/** What happened in each run. */
export function happenedTable(runs: readonly RunResult[]): Table {
  const kinds = [...new Set(runs.flatMap(({ mishaps }) => mishaps.map(({ kind }) => kind)))];
  return {
    title: 'What happened',
    head: ['seed', ...kinds],
    rows: runs.map(({ options, mishaps }) => {
      return [
        String(options.seed),
        ...kinds.map((kind) => String(mishaps.filter((mishap) => mishap.kind === kind).length)),
      ];
    }),
  };
}

/** All of them under each other. */
export function markdownOf(tables: readonly Table[]): string {
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(toMarkdown)
    .join('\n');
}

function share({ decisions }: SystemResult, outcomes: readonly (typeof OUTCOMES)[number][]): number {
  const counts = DECISIONS.flatMap((decision) => Object.entries(decisions[decision]));
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const these = counts
    .filter(([outcome]) => outcomes.some((it) => it === outcome))
    .reduce((sum, [, count]) => sum + count, 0);
  return all === 0 ? 0 : (these / all) * 100;
}

function inHundred({ mean }: Estimate): string {
  return `${figure(mean * 100)} %`;
}

/** In one line, and without what differs from run to run and from session to session: the same reason is told once. */
function alike(reason: string): string {
  return reason
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\/\S*?\/run-\d+\//g, '')
    .replaceAll(/\bagent-\d+\b/g, 'NAME')
    .replaceAll(/\bbox-\d+\b/g, 'BOX');
}
