import { COVERAGE_REASONS } from '../model/coverage.ts';
import { REMEDIES, REMEDY_OF } from '../model/remedies.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Finding, fine } from './finding.ts';

/** Why a look that could have used the iterator has not. */
const REASONS = ['iterator_disagreed', 'iterator_damaged', 'iterator_homes'] as const;

/** What the look of the examination was read from, and why not from the iterator where that was there to be read. */
export function examineSource({ coverage }: Pick<Snapshot, 'coverage'>): Finding {
  const what = 'source';
  for (const code of REASONS) {
    const reason = coverage.reasons.find((it) => it.code === code);
    if (!reason) continue;
    const who = reason.pids.length > 0 ? ` (${reason.pids.slice(0, 8).join(', ')})` : '';
    return {
      what,
      state: 'lost',
      found: `procfs; ${code}: ${reason.count}${who}`,
      lost: `speed: ${COVERAGE_REASONS[code]}`,
      mend: REMEDIES[REMEDY_OF[code]],
    };
  }
  const isIterator = coverage.source === 'bpf';
  return fine(what, isIterator ? 'the iterator, and procfs for what that does not tell' : 'procfs');
}
