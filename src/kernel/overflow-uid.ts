import type { Outcome } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import { parseSingleNumber } from './parse/single-number.ts';
import { isWholeUidMap } from './parse/uid-map.ts';
import type { Procfs } from './procfs.ts';

/**
 * The number that stands for every user that our user namespace has none for: one that is told of as this can be anybody.
 * Null where our namespace has a number for each, so that no number stands for another user.
 *
 * Source: /proc/self/uid_map, user_namespaces(7); /proc/sys/kernel/overflowuid
 * Needs:  nothing
 */
export function overflowUid(procfs: Procfs): Outcome<number | null> {
  const whole = parseOutcome(procfs.read('self/uid_map'), isWholeUidMap);
  if (whole.kind === 'value' && whole.value) return { kind: 'value', value: null };
  // What cannot be read proves nothing: then the number counts.
  return parseOutcome(procfs.read('sys/kernel/overflowuid'), parseSingleNumber);
}
