import { ParseError } from '../../model/errors.ts';
import type { ByteString } from '../../model/text.ts';
import { parseProcCmdline } from '../parse/proc-cmdline.ts';
import { parseTextEnds } from '../parse/task-ends.ts';

const SOURCE = 'the iterator arguments_text';

/** The layout that is read here: LAYOUT in bpf/record.h. */
const LAYOUT = 1;

/** What stands in front of the line of a process. */
const PROCESS = '1';

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
  const { layout, rows } = parseTextEnds(bytes);
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n');
  if (layout !== LAYOUT) throw damage(`layout ${LAYOUT} in the header`, lines[0] ?? '');
  // Beside them there are the header, the end, and nothing behind that.
  const count = lines.length - 3;
  if (rows !== count) throw damage(`the count of lines, which are ${count}`, lines[count + 1] ?? '');
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
