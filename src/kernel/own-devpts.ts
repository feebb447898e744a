import { valueOrNull } from '../model/outcome.ts';
import type { TerminalTimes } from '../model/terminal.ts';
import type { Files } from './files.ts';
import { splitTtyNr } from './parse/tty-nr.ts';

const DIRECTORY = '/dev/pts';

/** A terminal of our own devpts instance, by its node. */
export interface PtsNode {
  readonly index: number;
  readonly dev: bigint;
  /** The device number, as in field 7 of stat. */
  readonly ttyNr: number;
  readonly times: TerminalTimes | null;
}

/**
 * Every pseudo-terminal of the devpts instance that is mounted where we are: the node is there for as long as its master
 * is open, whether a program is on it or not.
 *
 * Source: /dev/pts, devpts(4); stat(2)
 * Needs:  nothing
 */
export function ownPseudoTerminals(files: Files): PtsNode[] {
  const names = valueOrNull(files.list(DIRECTORY)) ?? [];
  return names.flatMap((name) => {
    if (!/^\d{1,7}$/.test(name)) return [];
    const stat = valueOrNull(files.stat(`${DIRECTORY}/${name}`));
    const ttyNr = stat && Number(stat.rdev) | 0;
    // What is mounted there may be something else, where files have any name.
    if (stat === null || ttyNr === null || splitTtyNr(ttyNr).index !== Number(name)) return [];
    const times = stat.used && { lastInputAt: stat.used.readAt, lastOutputAt: stat.used.writtenAt };
    return [{ index: Number(name), dev: stat.dev, ttyNr, times }];
  });
}
