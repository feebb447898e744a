import type { Answer, LastSo, Milliseconds, Truth } from './model.ts';
import { hasPane, isNamed, wrongOf } from './wrongs.ts';

/**
 * When an answer that is wrong was right.
 * @param history all that was so of the session until the answer was given, in order; at least one
 */
export function lastSo(answer: Answer, history: readonly Truth[], answered: Milliseconds): LastSo {
  const until = (isSo: (truth: Truth) => boolean): Milliseconds | null => {
    const last = history.findLastIndex(isSo);
    return last < 0 ? null : (history[last + 1]?.since ?? answered);
  };
  const parts = partsOf(answer).map(until);
  const whole = until((truth) => wrongOf(answer, [truth]) === null);
  return {
    whole,
    inParts: parts.reduce(
      (oldest, part) => (part === null || oldest === null ? null : Math.min(oldest, part)),
      answered,
    ),
  };
}

function partsOf(answer: Answer): readonly ((truth: Truth) => boolean)[] {
  if (answer.status !== 'alive') return [(truth) => wrongOf(answer, [truth]) === null];
  return [(truth) => isNamed(answer, truth), (truth) => hasPane(answer, truth)];
}
