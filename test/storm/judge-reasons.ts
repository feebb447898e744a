import type { Act } from './act.ts';
import { describeAct } from './judge-lines.ts';
import type { Timeline, Trouble } from './timeline.ts';

/** What must have been going on for a reason to be true. */
const TRUE_WHEN: Readonly<Record<string, readonly Trouble[]>> = {
  ended: ['end'],
  stopped: ['stop'],
  pane: ['obstacle'],
  changed: ['program', 'home', 'pane', 'terminal'],
  background: ['behind'],
  line_mode: ['line_mode', 'start'],
  detached: ['terminal'],
  unseen: ['start', 'end', 'program', 'terminal', 'pane'],
  no_pane: ['pane', 'terminal'],
  // What the command says of a name that is no one session now.
  absent: ['start', 'end', 'home', 'program', 'terminal'],
  unknown: ['start', 'end', 'home', 'program', 'terminal'],
  ambiguous: ['start', 'end', 'home', 'program', 'terminal'],
};

/** What a terminal takes at once. */
const MOST_DIRECT_BYTES = 4096;

/** How long what an uncertain nudge has left can be in the way. */
const LEFT_MS = 5000;

/** Judges every no by what was going on meanwhile. */
export function judgeReasons(acts: readonly Act[], timeline: Timeline): string[] {
  return acts
    .filter(({ outcome }) => outcome === 'refused' || outcome === 'thrown')
    .filter((act) => !isTrue(act, acts, timeline))
    .map((act) => {
      const troubles = [...timeline.during(act.name, act.lookMs, act.toMs)];
      return `not so: ${describeAct(act)} (was going on: ${troubles.join(', ') || 'nothing'})`;
    });
}

/** Nudges that are uncertain although nothing was going on. */
export function unexplained(acts: readonly Act[], timeline: Timeline): Act[] {
  return acts.filter((act) => {
    if (act.outcome !== 'uncertain') return false;
    const troubles = timeline.during(act.name, act.fromMs, act.toMs);
    return [...troubles].every((it) => it === 'moved');
  });
}

function isTrue(act: Act, acts: readonly Act[], timeline: Timeline): boolean {
  const { name, way, typed, reason, lookMs, fromMs, toMs } = act;
  if (act.outcome === 'thrown') return false;
  if (reason === 'text') return typed.length > MOST_DIRECT_BYTES && (way === 'direct' || name.startsWith('pty'));
  if (reason === 'no_pane' && way === 'tmux' && !name.startsWith('tmux')) return true;
  if (reason === 'busy') {
    // Somebody else's text is still unread: it was typed before, and something kept it from being read.
    const others = acts.filter((it) => it !== act && it.name === name && it.kind === 'nudge');
    return others.some((it) => it.fromMs < toMs && it.toMs > fromMs - LEFT_MS && it.outcome === 'uncertain');
  }
  const troubles = timeline.during(name, lookMs, toMs);
  return (TRUE_WHEN[reason] ?? []).some((it) => troubles.has(it));
}
