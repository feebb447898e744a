import { framesOf } from '../protocol/answer.ts';

/** What may come before a Sync. */
const EXTENDED = new Set(['P', 'B', 'D', 'E', 'C', 'H']);

/**
 * Makes sure that an engine will answer these frames, and then wait for others: a half message, or one that waits for more
 * data, would be its end.
 * @throws {RangeError} for anything but one Query, or messages of the extended protocol and one Sync behind them
 */
export function checkJobFrames(frames: Uint8Array): void {
  const types = [...framesOf(frames)].map(({ type }) => type);
  const last = types.pop();
  const isRight = last === 'Q' ? types.length === 0 : last === 'S' && types.every((type) => EXTENDED.has(type));
  if (!isRight)
    throw new RangeError(`an engine runs one Query, or messages and one Sync; not ${types.join('')}${last}`);
}
