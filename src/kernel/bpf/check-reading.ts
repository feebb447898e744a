import { type Outcome, valueOrNull } from '../../model/outcome.ts';
import { parseOutcome } from '../attempt.ts';
import { parseTaskEnds, parseTextEnds, type ReadingEnds } from '../parse/task-ends.ts';
import type { PinName } from './pins.ts';
import { readPin } from './read-iterator.ts';

/** One reading of a pin, as far as its ends say what it is. */
export interface CheckedReading extends ReadingEnds {
  readonly tookMs: number;
  readonly bytes: number;
}

/**
 * Reads a pin once, and looks whether it is whole.
 *
 * Source: the pin
 * Needs:  the right to read it
 */
export function checkReading(path: string, name: PinName): Outcome<CheckedReading> {
  const startedMs = performance.now();
  const read = readPin(path);
  const tookMs = performance.now() - startedMs;
  const bytes = valueOrNull(read)?.length ?? 0;
  const parse = name === 'sessions' ? parseTaskEnds : parseTextEnds;
  return parseOutcome(read, (all) => ({ ...parse(all), tookMs, bytes }));
}
