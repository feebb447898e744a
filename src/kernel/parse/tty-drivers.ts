import { ParseError } from '../../model/errors.ts';

/** The device numbers that one terminal driver serves. */
export interface TtyDriver {
  /** Without /dev/: `ttyS` of ttyS0, `console`. */
  readonly name: string;
  readonly major: number;
  readonly firstMinor: number;
  readonly lastMinor: number;
  /** What is counted from: 1 for the virtual consoles (tty1), 0 for others; null for a single device. */
  readonly base: number | null;
}

/**
 * Reads which terminal drivers exist, to name terminals that are not ptys.
 *
 * Source: /proc/tty/drivers, show_tty_driver() in fs/proc/proc_tty.c, since Linux 2.4
 * Shape:  one row a driver, in the order of the file
 * Units:  none
 * @throws {ParseError} where a line is not `driver /dev/name major minor[-minor] type`
 */
export function parseTtyDrivers(bytes: Uint8Array): TtyDriver[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.map((line, index) => {
    const match = /^\S.* (?:\/dev\/)?(\S+) +(\d{1,9}) +(\d{1,9})(?:-(\d{1,9}))? +(\S+)$/.exec(line);
    if (!match) {
      throw new ParseError({ source: '/proc/tty/drivers', field: 'driver', excerpt: line, line: index + 1 });
    }
    const [, name = '', major, first, last, type = ''] = match;
    const base = type.startsWith('system') ? null : type === 'console' ? 1 : 0;
    return { name, major: Number(major), firstMinor: Number(first), lastMinor: Number(last ?? first), base };
  });
}

/** The device's name: `ttyS0`, `tty1`, `console`. */
export function ttyName(driver: TtyDriver, minor: number): string {
  return driver.base === null ? driver.name : `${driver.name}${minor - driver.firstMinor + driver.base}`;
}
