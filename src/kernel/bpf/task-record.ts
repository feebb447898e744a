import { ParseError } from '../../model/errors.ts';
import { LITTLE_ENDIAN } from '../parse/netlink.ts';
import { TaskRow } from './task-row.ts';

const SOURCE = 'the iterator sessions';

/** The layout that is read here: LAYOUT in bpf/record.h. */
const LAYOUT = 1;

const HEADER = 0x504c4d42;
const ROW = 1;
const SENTINEL = 2;
const TAIL_DEV = 0xffffffff;

const ALL_ABSENT = 0x7ff;
const ALL_VERDICTS = 0x7;
const EXE_NAME_BYTES = 64;

/** Lengths in words of 32 bits. */
const HEADER_WORDS = 12;
const ROW_WORDS = 62;
const LEVEL_WORDS = 4;
const TAIL_WORDS = 4;
const SENTINEL_WORDS = 6;

const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** One reading of the iterator: every process that the kernel has told. */
export interface TaskMap {
  readonly rows: readonly TaskRow[];
  /** CLOCK_BOOTTIME when the reading began. */
  readonly beganNs: bigint;
  /** What the reader's time namespace adds to the starts. */
  readonly timeOffsetNs: bigint;
  /** The reader's own pid namespace: it is the numbers of this one that are told. */
  readonly pidNs: number;
}

/**
 * Takes a reading apart. Every unit is checked to be where it has to be, and that none is missing: a reading is whole, or
 * it is none. What stands in the rows is not copied.
 *
 * Source: the pin `sessions`, or an iterator of our own; bpf/record.h
 * Shape:  a header; rows with their directories; a sentinel with the number of rows
 * Units:  ns of CLOCK_BOOTTIME
 * @throws {ParseError} where it is damaged, of another layout, or not whole
 */
export function decodeTasks(bytes: Uint8Array): TaskMap {
  const whole = aligned(bytes);
  const words = new Uint32Array(whole.buffer, whole.byteOffset, whole.length >>> 2);
  const reading = new Reading(words, whole);
  if (bytes.length % 4 !== 0) throw reading.damage('its length', words.length);
  const maxLevels = reading.header();
  const shared = {
    words,
    text: Buffer.from(whole.buffer, whole.byteOffset, whole.length),
    timeOffsetNs: BigInt.asIntN(64, reading.long(6)),
  };
  const rows: TaskRow[] = [];
  let at = HEADER_WORDS;
  while (words[at] === ROW) {
    const levels = reading.row(at, maxLevels);
    rows.push(new TaskRow(shared, at, levels));
    at += ROW_WORDS + levels * LEVEL_WORDS + TAIL_WORDS;
  }
  reading.sentinel(at, rows.length);
  const { timeOffsetNs } = shared;
  return { rows, beganNs: reading.long(4), timeOffsetNs, pidNs: words[8] as number };
}

/** Words are read as such, so they have to begin at one. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
}

/** Checks what there is, unit by unit. */
class Reading {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;

  constructor(words: Uint32Array, bytes: Uint8Array) {
    this.#words = words;
    this.#bytes = bytes;
  }

  long(at: number): bigint {
    return (BigInt(this.#words[at + HIGH] as number) << 32n) | BigInt(this.#words[at + LOW] as number);
  }

  /** @returns how many directories a row can have */
  header(): number {
    const words = this.#words;
    if (words.length < HEADER_WORDS) throw this.damage('the header', 0);
    if (words[0] !== HEADER) throw this.damage('the header', 0);
    if (words[1] !== LAYOUT) throw this.damage(`layout ${LAYOUT} in the header`, 1);
    if (words[2] !== ROW_WORDS * 4) throw this.damage('the size of a row in the header', 2);
    if (words[10] !== 0 || words[11] !== 0) throw this.damage('the end of the header', 10);
    return words[3] as number;
  }

  /** @returns how many directories it has */
  row(at: number, maxLevels: number): number {
    const words = this.#words;
    const first = at + ROW_WORDS;
    let tail = first;
    while (words[tail + 2] !== TAIL_DEV && tail + TAIL_WORDS <= words.length) tail += LEVEL_WORDS;
    if (tail + TAIL_WORDS > words.length) throw this.damage('a row with its directories', at);
    const levels = (tail - first) / LEVEL_WORDS;
    if (levels > maxLevels || words[tail] !== levels) throw this.damage('the number of directories', tail);
    if (((words[tail + 1] as number) & ~ALL_VERDICTS) !== 0) throw this.damage('what is known of a row', tail + 1);
    if (words[tail + 3] !== 0) throw this.damage('the end of a row', tail + 3);
    const absent = words[at + 1] as number;
    if ((absent & ~ALL_ABSENT) !== 0) throw this.damage('what a row lacks', at + 1);
    if ((words[at + 45] as number) > EXE_NAME_BYTES) throw this.damage("the length of a program's name", at + 45);
    return levels;
  }

  sentinel(at: number, rows: number): void {
    const words = this.#words;
    const isThere = words[at] === SENTINEL && at + SENTINEL_WORDS === words.length;
    if (!isThere) throw this.damage('a row, or the end', at);
    if (words[at + 1] !== 1) throw this.damage('the count of rows, which was lost', at + 1);
    if (this.long(at + 2) !== BigInt(rows)) throw this.damage(`the count of rows, which are ${rows}`, at + 2);
  }

  /** What was wrong at which word, with the bytes that stand there. */
  damage(field: string, at: number): ParseError {
    const from = Math.min(at * 4, this.#bytes.length);
    const excerpt = Buffer.from(this.#bytes.subarray(from, from + 24)).toString('hex');
    return new ParseError({ source: `${SOURCE} at byte ${from} of ${this.#bytes.length}`, field, excerpt });
  }
}
