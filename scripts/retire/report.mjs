const HEADINGS = ['STEP', '', 'ROWS BY', 'MEANWHILE', 'BOUND', 'READS', 'WRONG', 'OPEN', 'BEHIND', 'BY HAND'];

/**
 * What each phase was like, as a table; how to read it, and what beats got wrong; and every check that has not passed.
 * @param phases those of a play
 */
export function report(phases) {
  const rows = [HEADINGS, ...phases.filter(({ end }) => !end).map(cells)];
  const widths = HEADINGS.map((_heading, index) => Math.max(...rows.map((row) => row[index].length)));
  const line = (row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('  ')
      .trimEnd();
  const failed = phases.flatMap(problemsOf);
  const notes = [
    LEGEND,
    ...[...countKinds(phases)].map(([kind, count]) => `${String(count).padStart(6)}  ${kind}`),
    '',
    ...failed.map((it) => `FAILED  ${it}`),
    ...phases.flatMap(({ end }) => (end?.isGone ? [`${end.name}: no sweeper, no beat and no last_seen is left`] : [])),
    kept(phases),
  ];
  return { table: rows.map(line).join('\n'), notes: notes.join('\n'), failed };
}

/** What it comes to. */
function kept(phases) {
  const count = (some) => {
    const asked = some.reduce((sum, it) => sum + it.asked, 0);
    const wrong = some.reduce((sum, it) => sum + it.wrong.length + it.failures.length + it.problems.length, 0);
    return `${asked} reads, ${wrong} wrong`;
  };
  const played = phases.filter(({ end }) => !end);
  const byBeats = count(played.filter(({ keeper }) => keeper === 'beats'));
  return `by beats: ${byBeats}; by plumbline: ${count(played.filter(({ keeper }) => keeper !== 'beats'))}`;
}

const LEGEND = `A read is wrong if for any agent it tells what was so at no moment from the question to the answer. Of a table that a
watch keeps, also what was so when the last pass began that was over by the question, or since, as the database has
logged it; where most die at once, the last pass that had ended 2 s before that one began. BOUND: how long ago that was at
most. Of beats there is none, and nothing fails. BEHIND: how old the oldest answer was that was right by that.
OPEN: in how many a living agent's pane was null, not known: that is no wrong answer, and nobody is nudged by it.
BY HAND: what status.mjs, nudge.mjs and assign.mjs got wrong right after what happened, or once a watch had looked.
What beats got wrong:`;

function cells({ step, word, keeper, trouble, boundMs, asked, wrong, unknown, behindMs, problems }) {
  const bound = keeper === 'beats' ? '-' : `${Math.round(boundMs)} ms`;
  const behind = keeper === 'beats' ? '-' : `${Math.round(behindMs)} ms`;
  return [
    step,
    word,
    keeper,
    trouble,
    bound,
    String(asked),
    String(wrong.length),
    String(unknown),
    behind,
    String(problems.length),
  ];
}

/** By kind, of all phases in which nothing else kept the rows. */
function countKinds(phases) {
  const counts = new Map();
  for (const { keeper, wrong, problems } of phases) {
    if (keeper !== 'beats') continue;
    const kinds = [
      ...wrong.map(({ wrong: [first] }) => `answers: ${first.kind}`),
      ...problems.map((it) => it.replace(/\b(?:ada|bob|cy|dee|eve)\b/g, '…')),
    ];
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

function problemsOf({ step, word, keeper, trouble, wrong, failures, problems, end }) {
  if (end) return end.isGone ? [] : [`the end ${end.name}: ${end.columns} columns last_seen; ${end.found}`];
  if (keeper === 'beats') return [];
  const where = `${step} ${word} (${trouble})`;
  const reads = wrong.map((it) =>
    it.wrong
      .map(({ name, kind, told, so }) => `${name}: ${kind}: ${JSON.stringify(told)}, and so was ${JSON.stringify(so)}`)
      .join(', '),
  );
  return [...reads, ...failures, ...problems].map((it) => `${where}: ${it}`);
}
