import { ParseError } from '../../model/errors.ts';
import type { ProcessStat } from '../../model/process.ts';

const SOURCE = '/proc/<pid>/stat';
const SPACE = 0x20;
const MINUS = 0x2d;
const CLOSE = 0x29;
const STATE_LETTERS = new Set('RSDTtZXxIKWP');

/** The largest digits-only number that a double holds exactly has 15 digits or more. */
const SAFE_DIGITS = 15;

/**
 * Reads one line of /proc/<pid>/stat.
 * The name is cut at the *last* `)`: it is the program's to choose, and `a) R 1 1 1 34816` forges every field of a
 * parser that splits at spaces. Works on bytes, since ten thousand of these are parsed in one look.
 *
 * Source: /proc/<pid>/stat fields 1-9, 20 and 22, proc_pid_stat(5), since Linux 2.6
 * Shape:  one ProcessStat; comm as bytes
 * Units:  startTimeTicks in clock ticks since boot, in the reader's time namespace
 * @throws {ParseError} where a field is not what the kernel writes
 */
export function parseProcStat(bytes: Uint8Array): ProcessStat {
  const close = bytes.lastIndexOf(CLOSE);
  const open = bytes.indexOf(0x28);
  if (open < 2 || close < open) throw damage(bytes, 'comm (2)');
  const line = new Fields(bytes, close + 2);
  if (bytes[close + 1] !== SPACE) throw damage(bytes, 'state (3)');
  const state = line.letter();
  const ppid = line.integer('ppid (4)');
  const pgid = line.integer('pgrp (5)');
  const sid = line.integer('session (6)');
  const ttyNr = line.integer('tty_nr (7)');
  const tpgid = line.integer('tpgid (8)');
  const flags = line.integer('flags (9)');
  line.skip(10, 'fields 10 to 19');
  const threadCount = line.integer('num_threads (20)');
  line.skip(1, 'itrealvalue (21)');
  return {
    pid: new Fields(bytes, 0).integer('pid (1)', open - 1),
    comm: latin1(bytes, open + 1, close),
    state,
    ppid,
    pgid,
    sid,
    ttyNr,
    tpgid,
    flags,
    threadCount,
    startTimeTicks: line.big('starttime (22)'),
  };
}

/** A cursor over the numbers of the line: no strings are made on the way. */
class Fields {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  letter(): string {
    const letter = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    if (!STATE_LETTERS.has(letter) || this.#bytes[this.#at + 1] !== SPACE) throw damage(this.#bytes, 'state (3)');
    this.#at += 2;
    return letter;
  }

  /** Reads a signed number and the blank after it, or up to `end` where one is given. */
  integer(field: string, end = -1): number {
    const bytes = this.#bytes;
    const negative = bytes[this.#at] === MINUS;
    let at = negative ? this.#at + 1 : this.#at;
    const start = at;
    let number = 0;
    for (; isDigit(bytes[at]); at++) number = number * 10 + ((bytes[at] as number) - 0x30);
    const wellEnded = end === -1 ? bytes[at] === SPACE : at === end && bytes[at] === SPACE;
    if (at === start || at - start > SAFE_DIGITS || !wellEnded) throw damage(bytes, field, this.#at);
    this.#at = at + 1;
    return negative ? -number : number;
  }

  /** Reads an unsigned number of up to 64 bits; the line may end behind it. */
  big(field: string): bigint {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    while (isDigit(bytes[at])) at++;
    const next = bytes[at];
    const wellEnded = next === SPACE || next === 0x0a || next === undefined;
    if (at === start || at - start > 20 || !wellEnded) throw damage(bytes, field, start);
    this.#at = at + 1;
    const digits = latin1(bytes, start, at);
    const number = BigInt(digits.length > SAFE_DIGITS ? digits : Number(digits));
    if (number > 0xffff_ffff_ffff_ffffn) throw damage(bytes, field, start);
    return number;
  }

  skip(count: number, what: string): void {
    for (let skipped = 0; skipped < count; skipped++) {
      const blank = this.#bytes.indexOf(SPACE, this.#at);
      if (blank <= this.#at) throw damage(this.#bytes, what, this.#at);
      this.#at = blank + 1;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function damage(bytes: Uint8Array, field: string, at = 0): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: latin1(bytes, at, Math.min(bytes.length, at + 80)) });
}
