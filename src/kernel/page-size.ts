import { valueOrNull } from '../model/outcome.ts';
import { parseOutcome } from './attempt.ts';
import type { CoverageLog } from './coverage.ts';
import { parsePageSize } from './parse/auxv.ts';
import type { Procfs } from './procfs.ts';

/**
 * How large a page of this machine's memory is; null where that cannot be read.
 *
 * Source: /proc/self/auxv
 * Needs:  nothing: it is our own
 */
export function readPageSize(procfs: Procfs, log: CoverageLog): number | null {
  const size = parseOutcome(procfs.read('self/auxv'), parsePageSize);
  if (size.kind === 'malformed') log.addDamage(size.error, null);
  return valueOrNull(size);
}
