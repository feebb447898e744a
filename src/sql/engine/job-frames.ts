import { framesOf } from '../protocol/answer.ts';
import type { EngineJob } from './engine.ts';

/** One Query; or messages of the extended protocol, and one Sync. */
const UNIT = /^(?:Q|[PBDECH]*S)$/;

/** One after the other, or nothing. */
const UNITS = /^(?:Q|[PBDECH]*S)*$/;

/**
 * Makes sure that an engine will answer these frames, and then wait for others: a half message, or one that waits for more
 * data, would be its end.
 * @throws {RangeError} where `frames` are anything but one Query, or messages of the extended protocol and one Sync behind
 *   them; or a prepared statement is made of anything but such
 */
export function checkJob({ frames, statement }: EngineJob): void {
  check(frames, UNIT);
  if (statement !== null) checkUnits(statement.frames);
}

/** The same of what may be several of these, or none. @throws {RangeError} */
export function checkUnits(frames: Uint8Array): void {
  check(frames, UNITS);
}

function check(frames: Uint8Array, right: RegExp): void {
  const types = [...framesOf(frames)].map(({ type }) => type).join('');
  if (!right.test(types)) throw new RangeError(`an engine runs one Query, or messages and one Sync; not "${types}"`);
}
