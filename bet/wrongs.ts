import { type Answer, type NamedProcess, type PaneName, type Truth, WRONGS, type Wrong } from './model.ts';

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
  // A row without a pid, or without a pane, claims that there is none.
  const { process: named, pane } = answer;
  if (named === null || !truth.names.some((name) => sameProcess(name, named))) return 'wrong pid';
  if (answer.paneUnknown !== undefined) return null;
  return samePane(pane, truth.pane) ? null : 'wrong pane';
}

function sameProcess(one: NamedProcess, other: NamedProcess): boolean {
  return one.host === other.host && one.pid === other.pid;
}

function samePane(one: PaneName | null, other: PaneName | null): boolean {
  return one?.server === other?.server && one?.id === other?.id;
}
