import { waitForIdle } from '../act/wait-idle.ts';
import { waitForOutput } from '../act/wait-output.ts';
import type { Activity } from '../model/activity.ts';
import { isRefusal, type Refusal, refuse } from '../model/refusal.ts';
import { requireSessions } from '../model/require-sessions.ts';
import type { Session } from '../model/session.ts';
import { ACTED } from '../relations/acted.ts';
import { ACTIVITY } from '../relations/activity.ts';
import { toWire } from '../relations/wire.ts';
import { escapeCell, escapeField, escapeMessage } from './render/escape.ts';
import { tsvLine } from './render/tsv.ts';
import type { WaitFor } from './wait-for.ts';

/** `--for idle`: until there is a window of two seconds in which nothing moved. */
export const waitIdle: WaitFor = {
  check: (settings) => void requireSessions(settings, 'waits for idle'),
  wait: async (session, settings, timeoutMs) => {
    const commands = requireSessions(settings, 'waits for idle');
    const waited = await waitForIdle(session, { commands, timeoutMs });
    if (isRefusal(waited)) return waited;
    if (waited.outcome === 'timeout') {
      const { activity } = waited;
      return { outcome: 'timeout', instead: activity && describeLast(activity) };
    }
    if (waited.outcome === 'exited') return ended(session);
    const { activity } = waited;
    return {
      outcome: waited.outcome,
      wire: { ...toWire(ACTED, session), activity: toWire(ACTIVITY, activity) },
      tsv: tsvLine([escapeField(session.name), activity.state]),
      line: `${escapeCell(session.name)} is ${wordOf(activity)}: ${escapeMessage(activity.reason)}`,
    };
  },
};

/** `--for output`: until something is written to its terminal. */
export const waitOutput: WaitFor = {
  check: (settings) => void requireSessions(settings, 'waits for output'),
  wait: async (session, settings, timeoutMs) => {
    const commands = requireSessions(settings, 'waits for output');
    const waited = await waitForOutput(session, { commands, timeoutMs });
    if (isRefusal(waited)) return waited;
    if (waited.outcome === 'timeout') return { outcome: 'timeout', instead: null };
    if (waited.outcome === 'exited') return ended(session);
    return {
      outcome: waited.outcome,
      wire: toWire(ACTED, session),
      tsv: tsvLine([escapeField(session.name), 'output']),
      line: `${escapeCell(session.name)} has shown something`,
    };
  },
};

/** What it did when the time was over. */
function describeLast(activity: Activity): string {
  const isAtRest = activity.state === 'idle' || activity.state === 'waiting_for_input';
  return `at the end it was ${wordOf(activity)}${isAtRest ? ', but not for two seconds yet' : ''}: ${activity.reason}`;
}

function wordOf({ state }: Activity): string {
  return state.replaceAll('_', ' ');
}

/** What was waited for will not come any more. */
function ended({ name, pid }: Session): Refusal {
  return refuse('ended', `${name.text}: its process ${pid} has ended meanwhile`);
}
