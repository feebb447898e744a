import { type Answer, type Truth, WRONGS, type Wrong } from './model.ts';

type Alive = Answer & { readonly status: 'alive' };

/**
 * How a row is wrong, by all that was true while it was read; null where it is right.
 *
 * It is right if all of it was so at one moment of the reading; where it was wrong at every moment, the mildest counts.
 * Whoever says that he does not know is not wrong.
 */
export function wrongOf(answer: Answer, truths: readonly Truth[]): Wrong | null {
  if (truths.length === 0) throw new RangeError('nothing is known of the moment of a reading');
  let mildest = -1;
  for (const truth of truths) {
    const wrong = wrongAt(answer, truth);
    if (wrong === null) return null;
    mildest = Math.max(mildest, WRONGS.indexOf(wrong));
  }
  return WRONGS[mildest] ?? null;
}

function wrongAt(answer: Answer, truth: Truth): Wrong | null {
  if (answer.status === 'unknown') return null;
  if (answer.status === 'dead') {
    // To call dead what hangs is what a heartbeat is for.
    return truth.status === 'alive' && truth.responsive ? 'alive called dead' : null;
  }
  if (truth.status === 'dead') return 'dead called alive';
  if (!isNamed(answer, truth)) return 'wrong pid';
  return hasPane(answer, truth) ? null : 'wrong pane';
}

/** Whether what it calls alive is called by a number that is its own. A row without a pid claims that there is none, unless it says that it does not know. */
export function isNamed({ process: named, processUnknown }: Alive, truth: Truth): boolean {
  if (truth.status === 'dead') return false;
  if (processUnknown !== undefined) return true;
  return named !== null && truth.names.some((name) => name.host === named.host && name.pid === named.pid);
}

/** The same of its pane. */
export function hasPane({ pane, paneUnknown }: Alive, truth: Truth): boolean {
  if (truth.status === 'dead') return false;
  return paneUnknown !== undefined || (pane?.server === truth.pane?.server && pane?.id === truth.pane?.id);
}
