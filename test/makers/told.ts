/** A directory on the way up, as the iterators tell it. */
export interface ToldLevel {
  readonly dev: number;
  readonly ino: bigint;
  readonly generation: number;
}

/** A process, as an iterator tells it, in either form: what is absent is null. */
export interface Told {
  readonly numbers: Readonly<Record<NumberName, bigint | null>>;
  /** Hexadecimal. */
  readonly comm: string;
  readonly exe: string | null;
  readonly exeName: string | null;
  readonly verdict: number;
  readonly levels: readonly ToldLevel[];
}

/** All of one reading. */
export interface Reading {
  readonly layout: bigint;
  readonly pidNs: bigint;
  readonly userNs: bigint;
  /** Of the sentinel: null where the count was lost. */
  readonly counted: bigint | null;
  readonly rows: readonly Told[];
}

export const SOUND = 1;
export const CUT = 2;
export const COVERED = 4;

/** The numbers of a row: what it is called, where it lies in the bytes, and the bits of `absent` that take it away. */
const NUMBERS = [
  ['start_ns', 8, 'u64', 0],
  ['pidfs_ino', 16, 'u64', 1],
  ['pid', 24, 'u32', 0],
  ['ppid', 28, 'u32', 0],
  ['pgid', 32, 'u32', 0],
  ['sid', 36, 'u32', 0],
  ['tpgid', 40, 'u32', 4],
  ['tty_nr', 44, 'u32', 0],
  ['tty_dev', 48, 'u32', 2],
  ['state', 52, 'u32', 0],
  ['exit_state', 56, 'u32', 0],
  ['flags', 60, 'u32', 0],
  ['threads', 64, 'u32', 0],
  ['uid', 68, 'u32', 0],
  ['euid', 72, 'u32', 0],
  ['mnt_ns', 104, 'u32', 128],
  ['net_ns', 108, 'u32', 128],
  ['pid_ns', 112, 'u32', 0],
  ['user_ns', 116, 'u32', 0],
  ['uts_ns', 120, 'u32', 128],
  ['ipc_ns', 124, 'u32', 128],
  ['cgroup_ns', 128, 'u32', 128],
  ['time_ns', 132, 'u32', 128 | 1024],
  ['cgroup_id', 136, 'u64', 256],
  ['cpu_ns', 144, 'u64', 512],
  ['tty_read_seconds', 152, 's64', 2],
  ['tty_written_seconds', 160, 's64', 2],
  ['unread', 168, 'u32', 8],
  ['lflag', 172, 'u32', 4],
  ['cwd_links', 176, 'u32', 64],
] as const;

type NumberName = (typeof NUMBERS)[number][0];

/** The columns of the text form, in their order. */
const COLUMNS = (
  'kind number pid start_ns pidfs_ino ppid pgid sid tpgid tty_nr tty_dev state exit_state flags threads uid euid comm ' +
  'exe exe_name mnt_ns net_ns pid_ns user_ns uts_ns ipc_ns cgroup_ns time_ns cgroup_id cpu_ns tty_read_seconds ' +
  'tty_written_seconds unread lflag cwd_links verdict levels cwd'
).split(' ');

const HEADER_BYTES = 48;
const ROW_BYTES = 248;
const LEVEL_BYTES = 16;
const SENTINEL_BYTES = 24;
const TAIL_DEV = 0xffffffff;

/**
 * Decodes bpf/record.h, by a second hand: the tests do not believe the code under test.
 * @param wants which rows are decoded, by number and name: where there are thousands, and one is meant
 */
export function decodeBinary(bytes: Buffer, wants: (pid: number, comm: string) => boolean = () => true): Reading {
  const rows: Told[] = [];
  let at = HEADER_BYTES;
  if (bytes.readUInt32LE(0) !== 0x504c4d42) throw new Error('no header');
  while (bytes.readUInt32LE(at) === 1) {
    const tail = tailOf(bytes, at);
    if (wants(bytes.readUInt32LE(at + 24), commOf(bytes, at))) rows.push(decodeRow(bytes, at, tail));
    at = tail + LEVEL_BYTES;
  }
  if (bytes.readUInt32LE(at) !== 2 || at + SENTINEL_BYTES !== bytes.length) throw new Error(`no sentinel at ${at}`);
  return {
    layout: BigInt(bytes.readUInt32LE(4)),
    pidNs: BigInt(bytes.readUInt32LE(32)),
    userNs: BigInt(bytes.readUInt32LE(36)),
    counted: bytes.readUInt32LE(at + 4) === 1 ? bytes.readBigUInt64LE(at + 8) : null,
    rows,
  };
}

/** Where the tail of a row is: behind its last level. */
function tailOf(bytes: Buffer, start: number): number {
  let at = start + ROW_BYTES;
  while (bytes.readUInt32LE(at + 8) !== TAIL_DEV) at += LEVEL_BYTES;
  return at;
}

function commOf(bytes: Buffer, start: number): string {
  const comm = bytes.subarray(start + 88, start + 104);
  return comm.toString('hex', 0, comm.indexOf(0));
}

function decodeRow(bytes: Buffer, start: number, tail: number): Told {
  const absent = bytes.readUInt32LE(start + 4);
  const numbers = NUMBERS.map(([name, offset, kind, bits]) => {
    if (absent & bits) return [name, null];
    if (kind === 'u32') return [name, BigInt(bytes.readUInt32LE(start + offset))];
    return [name, kind === 'u64' ? bytes.readBigUInt64LE(start + offset) : bytes.readBigInt64LE(start + offset)];
  });
  const levels: ToldLevel[] = [];
  for (let at = start + ROW_BYTES; at < tail; at += LEVEL_BYTES) {
    const generation = bytes.readUInt32LE(at + 12);
    levels.push({ ino: bytes.readBigUInt64LE(at), dev: bytes.readUInt32LE(at + 8), generation });
  }
  if (bytes.readUInt32LE(tail) !== levels.length) throw new Error('the tail counts other levels');
  const hex = (number: number | bigint, digits: number) => number.toString(16).padStart(digits, '0');
  const exe = hex(bytes.readUInt32LE(start + 76), 8) + hex(bytes.readBigUInt64LE(start + 80), 16);
  const name = bytes.subarray(start + 184, start + 184 + bytes.readUInt32LE(start + 180));
  return {
    numbers: Object.fromEntries(numbers) as Told['numbers'],
    comm: commOf(bytes, start),
    exe: absent & 16 ? null : exe,
    exeName: absent & 32 ? null : name.toString('hex'),
    verdict: bytes.readUInt32LE(tail + 4),
    levels,
  };
}

/** Decodes the text form: anything but its alphabet is an error. */
export function decodeText(bytes: Buffer): Reading {
  const text = bytes.toString('latin1');
  if (!/^[0-9a-f\t\n-]*$/.test(text)) throw new Error('a byte that is not of the alphabet');
  const lines = text.split('\n').map((line) => line.split('\t'));
  if (lines.pop()?.length !== 1) throw new Error('the last line has no end');
  const odd = lines.find((line) => line.length !== COLUMNS.length);
  if (odd !== undefined) throw new Error(`a line of ${odd.length} columns: ${odd.join(' ')}`);
  const table = lines.map((line) => Object.fromEntries(COLUMNS.map((name, at) => [name, line[at] ?? ''])));
  const [header, end] = [table.shift(), table.pop()];
  if (header?.['kind'] !== '0' || end?.['kind'] !== '2') throw new Error('no header, or no end');
  return {
    layout: BigInt(header['number'] ?? ''),
    pidNs: BigInt(header['pid_ns'] ?? ''),
    userNs: BigInt(header['user_ns'] ?? ''),
    counted: end['number'] === '' ? null : BigInt(end['number'] ?? ''),
    rows: table.map(rowOfText),
  };
}

function rowOfText(line: Readonly<Record<string, string>>): Told {
  if (line['kind'] !== '1') throw new Error(`a line of kind ${line['kind']}`);
  const field = (name: string) => line[name] || null;
  const numbers = NUMBERS.map(([name]) => {
    const digits = field(name);
    return [name, digits === null ? null : BigInt(digits)];
  });
  const levels = (line['cwd'] ?? '').match(/.{32}/g) ?? [];
  if (String(levels.length) !== line['levels']) throw new Error('other levels than were counted');
  return {
    numbers: Object.fromEntries(numbers) as Told['numbers'],
    comm: line['comm'] ?? '',
    exe: field('exe'),
    exeName: field('exe_name'),
    verdict: Number(line['verdict']),
    levels: levels.map((level) => ({
      dev: Number.parseInt(level.slice(0, 8), 16),
      ino: BigInt(`0x${level.slice(8, 24)}`),
      generation: Number.parseInt(level.slice(24), 16),
    })),
  };
}
