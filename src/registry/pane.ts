import { paneWord, UNKNOWN_WINDOW } from '../model/pane.ts';
import type { Session } from '../model/session.ts';
import { storedText } from './stored-text.ts';

/**
 * What a row should say of its session's pane, beside what it says. What could not be found out, or was not asked, leaves
 * it as it is; without a terminal there is no pane.
 */
export function paneOf({ pane, terminal, verdict }: Session, stored: string | null): string | null {
  if (verdict !== 'alive') return stored;
  if (terminal === null || pane?.kind === 'none') return null;
  if (pane?.kind !== 'pane') return stored;
  const word = storedText(paneWord(pane.pane));
  return stored !== null && isWithin(stored, word) ? stored : word;
}

/** Whether a stored pane is not contradicted by `12345.work:?`, which is one window of that screen. */
function isWithin(stored: string, word: string): boolean {
  return word.endsWith(UNKNOWN_WINDOW) && stored.startsWith(word.slice(0, -1));
}
