import type { ByteString } from '../model/text.ts';

/** A window as screen lists it. */
export interface ScreenWindow {
  /** The server that lists it, as it counts itself. */
  readonly serverPid: number;
  readonly number: string;
  readonly title: ByteString;
  /** Its program has ended, and the window is kept. */
  readonly isZombie: boolean;
}

/**
 * How screen is told to write each window (STRING ESCAPES of screen(1)), since 4.3.0. In a line of its own, and the
 * fields parted by tabs: it lets no control character into a title, while two blanks and a number, which part the
 * windows where it is told nothing, may stand in one; and without a format it says no more than 1024 bytes.
 * `$PID` is the server's own: a client takes any one whose name begins as it was told.
 * The line break comes first, since screen puts what it has to say of dead sessions before the first window.
 */
export const WINDOW_FORMAT = '\n$PID\t%n\t%f\t%t';

/** Reads what `-Q windows` has answered; null where it is not of `WINDOW_FORMAT`. */
export function parseScreenWindows(answer: string): ScreenWindow[] | null {
  // What it says of dead sessions may be several lines.
  const first = answer.search(/\n\d+\t\d/);
  const lines = first === -1 ? [] : answer.slice(first + 1).split('\n');
  const windows = lines.map((line): ScreenWindow | null => {
    const [, pid, number, flags, title] = /^(\d{1,10})\t(\d{1,5})\t([^\t]*)\t([^\t]*)$/.exec(line) ?? [];
    if (number === undefined || flags === undefined || title === undefined) return null;
    return { serverPid: Number(pid), number, title, isZombie: flags.includes('Z') };
  });
  return windows.length > 0 && windows.every((it) => it !== null) ? windows : null;
}
