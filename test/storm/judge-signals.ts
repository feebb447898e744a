import type { Act } from './act.ts';
import type { Timeline, Trouble } from './timeline.ts';

/** Signals of one kind that are pending at the same time become one: so long one may be. */
const PENDING_MS = 1000;

/** What may keep a signal from being counted: the process ends, or is stopped and ends then, or starts. */
const EXCUSES: readonly Trouble[] = ['start', 'end', 'stop', 'behind', 'program', 'terminal'];

/** Judges the signals: whoever has got one was sent it, and whoever was sent one has got it. */
export function judgeSignals(acts: readonly Act[], got: ReadonlyMap<string, number>, timeline: Timeline): string[] {
  const sent = new Map<string, Act[]>();
  for (const act of acts) for (const key of act.sentTo) sent.set(key, [...(sent.get(key) ?? []), act]);
  const violations: string[] = [];
  for (const [key, count] of got) {
    const most = sent.get(key)?.length ?? 0;
    if (count > most) violations.push(`${key} has got ${count} signals, and ${most} were sent to it`);
  }
  for (const [key, sendings] of sent) {
    const least = separate(sendings.filter((act) => !isExcused(act, timeline)));
    const count = got.get(key) ?? 0;
    if (count < least) violations.push(`${key} (${sendings[0]?.name}) has got ${count} signals of ${sendings.length}`);
  }
  return violations;
}

function isExcused({ name, fromMs, toMs }: Act, timeline: Timeline): boolean {
  const troubles = timeline.during(name, fromMs, toMs + PENDING_MS / 2);
  return EXCUSES.some((it) => troubles.has(it));
}

/** How many of them were certainly not pending together. */
function separate(acts: readonly Act[]): number {
  let [count, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { fromMs, toMs } of [...acts].sort((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs > until) count++;
    until = Math.max(until, toMs + PENDING_MS);
  }
  return count;
}
