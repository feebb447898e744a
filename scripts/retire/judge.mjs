/** What is told may not be older than the question. */
export const RIGHT_NOW = { backMs: 0, heldBackMs: 0 };

/**
 * Judges one answer of status.mjs. It is right if for every agent it tells what was so at some moment between the
 * question and the answer; behind if it tells what was so within the bounds before that; else wrong.
 * @param bounds how far back from the question the rows may be, and how far where most have died at once
 * @returns the wrong ones as `{ name, kind }`, how far behind it was in milliseconds, and whether it left a pane open
 */
export function judge({ askedMs, answeredMs, rows }, truth, { backMs, heldBackMs }) {
  const told = new Map(rows.map((row) => [row.name, row]));
  const wrong = rows
    .filter((row) => told.get(row.name) !== row)
    .map((row) => ({ name: row.name, kind: 'told twice', told: row, so: [] }));
  let behindMs = 0;
  for (const name of new Set([...truth.names, ...told.keys()])) {
    const row = told.get(name) ?? null;
    const states = truth.during(name, askedMs, answeredMs);
    const allowed = states.filter(({ agoMs, isMass }) => agoMs <= (isMass ? heldBackMs : backMs));
    const fitting = allowed.filter(({ is }) => fits(row, is));
    if (fitting.length === 0) {
      const so = states.filter(({ agoMs }) => agoMs === 0);
      wrong.push({ name, kind: kindOf(row, so), told: row, so: so.map(({ is }) => is) });
    } else behindMs = Math.max(behindMs, Math.min(...fitting.map(({ agoMs }) => agoMs)));
  }
  return { wrong, behindMs, isUnknown: rows.some(({ pane }) => pane === null) };
}

/** A pane that is null is not known: that is no wrong answer, and counted. */
function fits(row, is) {
  if (row === null || is === null) return row === is;
  return row.pid === is.pid && (row.pane === is.pane || row.pane === null);
}

function kindOf(row, states) {
  const living = states.filter(({ is }) => is !== null);
  if (row === null) return 'a living one called dead';
  if (living.length === 0) return 'a dead one called alive';
  return living.some(({ is }) => is.pid === row.pid) ? 'the wrong pane' : 'the wrong process';
}
