import type { Answered, AnsweredRow } from './live-asker.ts';
import type { LiveState } from './live-fleet.ts';

/**
 * What answers say that was not so at any time between the question and the answer; empty where all of it was.
 * Of each session: that it runs, that it does not, its pid and its pane. That something is not known is no false answer,
 * and that a session is missing among those that run is one, unless it has not run for a moment at least.
 */
export function judge(answers: readonly Answered[], timeline: readonly LiveState[]): string[] {
  const names = [...new Set(timeline.map(({ name }) => name))];
  return answers.flatMap((answer) => {
    const meanwhile = timeline.filter((it) => it.fromMs <= answer.toMs && it.toMs >= answer.fromMs);
    return names.flatMap((name) => {
      const states = meanwhile.filter((it) => it.name === name);
      const problem = states.length === 0 ? null : problemOf(answer.rows.get(name) ?? null, states, answer.isOfRunning);
      return problem === null
        ? []
        : [`${name} at ${answer.fromMs.toFixed(0)}-${answer.toMs.toFixed(0)}: ${problem}: ${told(states)}`];
    });
  });
}

function problemOf(row: AnsweredRow | null, states: readonly LiveState[], isOfRunning: boolean): string | null {
  // A pane is started again in place: for a moment there is nobody.
  const wasAway = states.some(({ pid }) => pid === null) || new Set(states.map(({ pid }) => pid)).size > 1;
  if (row === null) return isOfRunning && wasAway ? null : 'it is missing';
  if (row.status === 'dead') return wasAway ? null : 'it is dead';
  if (row.status === null) return wasAway ? null : 'it is not known';
  if (!states.some(({ pid }) => pid === row.pid)) return `it runs as ${row.pid}`;
  // While it is moved or started again, it can be seen to change.
  if (row.pane === null && states.length > 1) return null;
  if (!states.some(({ pane }) => pane === row.pane)) return `it is in ${row.pane}`;
  return null;
}

function told(states: readonly LiveState[]): string {
  return states
    .map(({ pid, pane, fromMs, toMs }) => `${pid} ${pane} ${fromMs.toFixed(0)}-${toMs.toFixed(0)}`)
    .join('; ');
}
