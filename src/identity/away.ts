import type { Incumbent } from '../model/incumbent.ts';
import { sameFile } from '../model/process.ts';
import type { ByteString } from '../model/text.ts';
import type { Candidate, Reasons } from './candidates.ts';
import { isIncumbent } from './claimants.ts';

/**
 * A session that a row names for one home and that works in another one is still the first home's: it visits, and
 * claims nothing there. Where its own home is no more (deleted, no longer configured), or is the very directory that it
 * is in, under another name now, it is free to claim.
 * @param mayBe whether a name's home is there, as far as can be seen
 */
export function awayFromHome(
  candidates: readonly Candidate[],
  incumbents: ReadonlyMap<ByteString, Incumbent>,
  mayBe: (name: ByteString) => boolean,
): Reasons {
  const reasons = new Map<Candidate, string>();
  for (const candidate of candidates) {
    const own = [...incumbents].filter(([, key]) => isIncumbent(candidate, key));
    if (own.some(([, { homeId }]) => homeId && sameFile(homeId, candidate.home))) continue;
    const names = own.map(([name]) => name);
    const [other] = names.filter(mayBe);
    if (other === undefined || names.includes(candidate.home.name)) continue;
    reasons.set(candidate, `the registry's row names it as the session of ${other}`);
  }
  return reasons;
}
