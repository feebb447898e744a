import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';
import { parseProcCmdline } from '../parse/proc-cmdline.ts';

const SOURCE = 'the iterator arguments_text';

/** The layout that is read here: LAYOUT in bpf/record.h. */
const LAYOUT = '1';

/** What stands in front of a line: a header, a process, the end. */
const HEADER = '0';
const PROCESS = '1';
const END = '2';

/** Columns: kind, number, pid, start_ns, exe, whole, argv. */
const COLUMNS = 7;
const DEVICE_DIGITS = 8;
const FILE_DIGITS = 24;

const DIGITS = /^(?:[0-9a-f]{2})*$/;

/** The command line of one process, and whose it is. */
export interface ToldArguments {
  /** CLOCK_BOOTTIME of its start, without what a time namespace adds. */
  readonly startNs: bigint;
  /** The device and inode of its program's file, as the kernel has them. */
  readonly exeDev: number;
  readonly exeIno: bigint;
  readonly argv: readonly ByteString[];
}

/**
 * Takes the command lines apart. Left out are those that are not told as a whole, of which /proc tells more.
 *
 * Source: the pin `arguments_text`; bpf/arguments.h
 * Shape:  a header; a line for each process with a terminal or an interpreter; an end with their number
 * Units:  ns of CLOCK_BOOTTIME
 * @throws {ParseError} where it is damaged, of another layout, or not whole
 */
export function decodeArguments(bytes: Uint8Array): Map<number, ToldArguments> {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n');
  const [header = '', end = ''] = [lines[0], lines[lines.length - 2]];
  const [kind, layout] = header.split('\t');
  if (kind !== HEADER || layout !== LAYOUT) throw damage('the header', header);
  const count = lines.length - 3;
  const [last, counted] = end.split('\t');
  if (last !== END || lines[lines.length - 1] !== '') throw damage('the end', end);
  if (counted !== String(count)) throw damage(`the count of lines, which are ${count}`, end);
  const told = new Map<number, ToldArguments>();
  const known = new Map<string, readonly ByteString[]>();
  for (let at = 1; at <= count; at++) {
    const line = lines[at] ?? '';
    const columns = line.split('\t');
    if (columns.length !== COLUMNS || columns[0] !== PROCESS) throw damage('a line', line);
    const [, , pid = '', startNs = '', exe = '', whole, hex = ''] = columns;
    if (!DIGITS.test(exe) || !DIGITS.test(hex) || !/^\d+$/.test(startNs)) throw damage('digits', line);
    if (whole !== '1' || exe.length !== FILE_DIGITS || pid === '') continue;
    // Many run one program: its command line is made once.
    const argv = known.get(hex) ?? parseProcCmdline(Buffer.from(hex, 'hex'));
    known.set(hex, argv);
    told.set(Number(pid), {
      startNs: BigInt(startNs),
      exeDev: Number.parseInt(exe.slice(0, DEVICE_DIGITS), 16),
      exeIno: BigInt(`0x${exe.slice(DEVICE_DIGITS)}`),
      argv,
    });
  }
  return told;
}

function damage(field: string, line: string): ParseError {
  return new ParseError({ source: SOURCE, field, excerpt: line.slice(0, 80) });
}
