/** Deaths that are too many at once are held for so long, and then looked at once more. */
const HELD_MS = 2000;

/**
 * Judges one answer of status.mjs. It is right if for every agent it tells what was so at some moment between the
 * question and the answer; behind if it tells what was so within the bound before that; else wrong.
 * @param boundMs how far behind the rows may be; 0 for the live view; null where nobody promises anything
 * @returns the wrong ones as `{ name, kind }`, how far behind it was in milliseconds, and whether it left a pane open
 */
export function judge({ askedMs, answeredMs, rows }, truth, boundMs) {
  const told = new Map(rows.map((row) => [row.name, row]));
  const wrong = [];
  let behindMs = 0;
  for (const name of new Set([...truth.names, ...told.keys()])) {
    const row = told.get(name) ?? null;
    const states = truth.during(name, askedMs, answeredMs);
    const allowed = states.filter(
      ({ agoMs, isMass }) => agoMs <= (boundMs ?? 0) + (isMass && boundMs ? HELD_MS + boundMs : 0),
    );
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
