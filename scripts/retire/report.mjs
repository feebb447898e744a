const HEADINGS = ['STEP', '', 'ROWS BY', 'MEANWHILE', 'BOUND', 'READS', 'WRONG', 'OPEN', 'BEHIND', 'BY HAND'];

/** Prints what each phase was like. @returns whether every check has passed */
export function report(phases) {
  const rows = phases.filter((it) => !it.end).map(cells);
  const widths = HEADINGS.map((heading, index) => Math.max(heading.length, ...rows.map((row) => row[index].length)));
  for (const row of [HEADINGS, ...rows])
    console.log(
      row
        .map((cell, index) => cell.padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
    );
  console.log(LEGEND);
  for (const [kind, count] of countKinds(phases)) console.log(`${String(count).padStart(6)}  ${kind}`);
  const failed = phases.flatMap(problemsOf);
  for (const it of failed) console.log(`FAILED  ${it}`);
  for (const { end } of phases) {
    if (end)
      console.log(`${end.name}: ${end.isGone ? 'no sweeper, no beat, no last_seen is left' : `left: ${end.found}`}`);
  }
  return failed.length === 0;
}

const LEGEND = `
A read is wrong if for any agent it tells what was so at no moment from BOUND before the question to the answer. Of a
table that a watch keeps, BOUND is the longest time from the beginning of one of its passes to the end of the next, as
the database has logged them; where most die at once, twice that and 2 s. Of the live view it is 0. Of beats there is
none: there it is taken as 0 as well, and nothing fails. BEHIND: how old the oldest answer was that was right by that.
OPEN: in how many a living agent's pane was null, not known: that is no wrong answer, and nobody is nudged by it.
BY HAND: what status.mjs, nudge.mjs and assign.mjs got wrong after what happened. What beats got wrong:
`;

function cells({ step, word, keeper, trouble, boundMs, asked, wrong, unknown, behindMs, problems }) {
  const bound = boundMs === null ? '-' : `${Math.round(boundMs)} ms`;
  const behind = boundMs === null ? '-' : `${Math.round(behindMs)} ms`;
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
