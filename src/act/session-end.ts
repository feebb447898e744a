import { parseOutcome } from '../kernel/attempt.ts';
import { parseProcStat } from '../kernel/parse/proc-stat.ts';
import { isEnding } from '../model/process.ts';
import type { HeldSession } from './hold.ts';

/** How often it is asked whether a session has ended. */
const PACE_MS = 100;

/**
 * Tells once when a held session's process has ended. The one place that knows how this is found out: here through its
 * held directory, which is of this incarnation.
 * @returns what calls it off
 */
export function onEnd({ proc }: HeldSession, ended: () => void): () => void {
  const timer = setInterval(() => {
    const stat = parseOutcome(proc.read('stat'), parseProcStat);
    if (stat.kind !== 'gone' && !(stat.kind === 'value' && isEnding(stat.value))) return;
    clearInterval(timer);
    ended();
  }, PACE_MS);
  return () => clearInterval(timer);
}
