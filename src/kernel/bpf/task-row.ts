import { type ProcessStat, TICKS_PER_SECOND } from '../../model/process.ts';
import type { ByteString } from '../../model/text.ts';
import { LITTLE_ENDIAN } from '../parse/netlink.ts';
import { stateLetter } from './task-state.ts';

/** The bits of `absent` (bpf/record.h): what this kernel does not have, or this process. */
export const ABSENT = {
  PIDFS_INO: 1 << 0,
  TTY_DEV: 1 << 1,
  TTY_STATE: 1 << 2,
  UNREAD: 1 << 3,
  EXE: 1 << 4,
  EXE_NAME: 1 << 5,
  CWD: 1 << 6,
  NAMESPACES: 1 << 7,
  CGROUP: 1 << 8,
  CPU: 1 << 9,
  TIME_NS: 1 << 10,
} as const;

/** The bits of `verdict`. */
export const VERDICT = {
  /** When the row was finished it was still the process, program, directory and terminal of its begin. */
  SOUND: 1 << 0,
  /** The way up ends before the root. */
  CUT: 1 << 1,
  /** Something is mounted, somewhere, on a directory of it: `..` may lead elsewhere. */
  COVERED: 1 << 2,
} as const;

/** Where a field lies, in words of 32 bits. */
const AT = {
  absent: 1,
  startNs: 2,
  pidfsIno: 4,
  pid: 6,
  ppid: 7,
  pgid: 8,
  sid: 9,
  tpgid: 10,
  ttyNr: 11,
  ttyDev: 12,
  state: 13,
  exitState: 14,
  flags: 15,
  threads: 16,
  exeDev: 19,
  exeIno: 20,
  comm: 22,
  pidNs: 28,
  ttyRead: 38,
  ttyWritten: 40,
  cwdLinks: 44,
  exeNameBytes: 45,
  exeName: 46,
} as const;

const ROW_WORDS = 62;
const COMM_FIELD_BYTES = 16;
/** Words of a level, of which the inode number comes first. */
const LEVEL_WORDS = 4;
const LEVEL_DEV = 2;

const WORD = 2 ** 32;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** Ticks are of 10 ms; what 2^32 ns are in ticks, and what is left over. */
const NS_PER_TICK = 1e9 / TICKS_PER_SECOND;
const TICKS_PER_WORD = Math.floor(WORD / NS_PER_TICK);
const NS_LEFT_PER_WORD = WORD % NS_PER_TICK;

/** One reading's bytes, and what all of its rows have in common. */
export interface TaskBytes {
  readonly words: Uint32Array;
  readonly text: Buffer;
  /** What the reader's time namespace adds to a start, in ns. */
  readonly timeOffsetNs: bigint;
}

/**
 * One process of a reading: a view on its bytes, so that what nobody asks for costs nothing. As a stat it says what
 * /proc/<pid>/stat says, with one difference: of kernel threads the name has no suffix of what they are working on.
 */
export class TaskRow implements ProcessStat {
  readonly #bytes: TaskBytes;
  /** Its first word. */
  readonly #at: number;
  /** Directories from the working directory to the root; 0 where it has none any more. */
  readonly levels: number;

  constructor(bytes: TaskBytes, at: number, levels: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.levels = levels;
  }

  get pid(): number {
    return this.#word(AT.pid);
  }

  get comm(): ByteString {
    const start = (this.#at + AT.comm) * 4;
    const { text } = this.#bytes;
    let end = start;
    while (end < start + COMM_FIELD_BYTES && text[end] !== 0) end++;
    return text.toString('latin1', start, end);
  }

  get state(): string {
    return stateLetter(this.#word(AT.state), this.#word(AT.exitState));
  }

  get ppid(): number {
    return this.#word(AT.ppid);
  }

  get pgid(): number {
    return this.#word(AT.pgid);
  }

  get sid(): number {
    return this.#word(AT.sid);
  }

  get ttyNr(): number {
    return this.#word(AT.ttyNr) | 0;
  }

  get tpgid(): number {
    return (this.absent & ABSENT.TTY_STATE) !== 0 ? -1 : this.#word(AT.tpgid) | 0;
  }

  get flags(): number {
    return this.#word(AT.flags);
  }

  get threadCount(): number {
    return this.#word(AT.threads);
  }

  get startTimeTicks(): bigint {
    const { timeOffsetNs } = this.#bytes;
    // Who started before the time of a time namespace did is told by /proc as the kernel counts, without a sign.
    if (timeOffsetNs !== 0n) return BigInt.asUintN(64, this.startNs + timeOffsetNs) / BigInt(NS_PER_TICK);
    const at = this.#at + AT.startNs;
    const [low, high] = [this.#wordAt(at + LOW), this.#wordAt(at + HIGH)];
    return BigInt(high * TICKS_PER_WORD + Math.floor((high * NS_LEFT_PER_WORD + low) / NS_PER_TICK));
  }

  /** CLOCK_BOOTTIME of its start, without what a time namespace adds. */
  get startNs(): bigint {
    return this.#long(AT.startNs);
  }

  /** The inode that its pidfd has; null on kernels before 6.9. */
  get pidfsIno(): bigint | null {
    return (this.absent & ABSENT.PIDFS_INO) !== 0 ? null : this.#long(AT.pidfsIno);
  }

  /** What is not there: bits of `ABSENT`. */
  get absent(): number {
    return this.#word(AT.absent);
  }

  /** What is known of its way up: bits of `VERDICT`. */
  get verdict(): number {
    return this.#wordAt(this.#at + ROW_WORDS + this.levels * LEVEL_WORDS + 1);
  }

  /** The device of the devpts instance that its terminal is in; null for none, and for other terminals. */
  get ttyDev(): number | null {
    return (this.absent & ABSENT.TTY_DEV) !== 0 ? null : this.#word(AT.ttyDev);
  }

  /** When its terminal was last read and written, in seconds; it has a `ttyDev` then. */
  get ttyUsed(): { readonly readSeconds: number; readonly writtenSeconds: number } {
    return { readSeconds: this.#seconds(AT.ttyRead), writtenSeconds: this.#seconds(AT.ttyWritten) };
  }

  /** The device of its program's file, as the kernel has it. */
  get exeDev(): number {
    return this.#word(AT.exeDev);
  }

  get exeIno(): bigint {
    return this.#long(AT.exeIno);
  }

  /** The name of its program's file; null for a kernel thread, and where it is too long. */
  get exeName(): ByteString | null {
    if ((this.absent & ABSENT.EXE_NAME) !== 0) return null;
    const start = (this.#at + AT.exeName) * 4;
    return this.#bytes.text.toString('latin1', start, start + this.#word(AT.exeNameBytes));
  }

  /** The inode of its own pid namespace. */
  get pidNs(): number {
    return this.#word(AT.pidNs);
  }

  /** Links of its working directory: 0 where that was deleted. */
  get cwdLinks(): number {
    return this.#word(AT.cwdLinks);
  }

  /** The device of a level: 0 is the working directory, the last one the root. */
  levelDev(level: number): number {
    return this.#wordAt(this.#levelAt(level) + LEVEL_DEV);
  }

  /** The lower half of a level's inode number: almost all there is of most. */
  levelInoLow(level: number): number {
    return this.#wordAt(this.#levelAt(level) + LOW);
  }

  levelInoHigh(level: number): number {
    return this.#wordAt(this.#levelAt(level) + HIGH);
  }

  /** Whether two rows are of one process, which has the same program, terminal, session and way up in both. */
  isSamePlace(other: TaskRow): boolean {
    if (this.levels !== other.levels) return false;
    for (const [from, words] of SAME_PLACE) if (!this.#areSame(other, from, words)) return false;
    return this.#areSame(other, ROW_WORDS, this.levels * LEVEL_WORDS);
  }

  #areSame(other: TaskRow, from: number, words: number): boolean {
    for (let word = from; word < from + words; word++) {
      if (this.#word(word) !== other.#word(word)) return false;
    }
    return true;
  }

  #levelAt(level: number): number {
    return this.#at + ROW_WORDS + level * LEVEL_WORDS;
  }

  #word(field: number): number {
    return this.#wordAt(this.#at + field);
  }

  #wordAt(at: number): number {
    // It was checked that the row is whole when it was made.
    return this.#bytes.words[at] as number;
  }

  #long(field: number): bigint {
    const at = this.#at + field;
    const [low, high] = [this.#wordAt(at + LOW), this.#wordAt(at + HIGH)];
    return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
  }

  #seconds(field: number): number {
    const at = this.#at + field;
    return (this.#wordAt(at + HIGH) | 0) * WORD + this.#wordAt(at + LOW);
  }
}

/** The words that say which process it is, on which terminal and with which program: from where, and how many. */
const SAME_PLACE = [
  [AT.startNs, 2],
  [AT.pidfsIno, 2],
  [AT.sid, 1],
  [AT.ttyNr, 2],
  [AT.exeDev, 3 + COMM_FIELD_BYTES / 4],
] as const;
