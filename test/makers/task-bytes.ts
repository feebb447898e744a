/** What a row is made of; the rest of it is 0. */
export interface MadeRow {
  readonly pid: number;
  readonly absent?: number;
  readonly startNs?: bigint;
  readonly pidfsIno?: bigint;
  readonly ppid?: number;
  readonly pgid?: number;
  readonly sid?: number;
  readonly tpgid?: number;
  readonly ttyNr?: number;
  readonly ttyDev?: number;
  readonly state?: number;
  readonly exitState?: number;
  readonly flags?: number;
  readonly threads?: number;
  readonly exe?: { readonly dev: number; readonly ino: bigint; readonly name: string };
  readonly comm?: string;
  readonly pidNs?: number;
  readonly readSeconds?: bigint;
  readonly writtenSeconds?: bigint;
  readonly cwdLinks?: number;
  /** Device and inode number: the working directory first. */
  readonly levels?: readonly (readonly [dev: number, ino: bigint])[];
  readonly verdict?: number;
}

/** A whole reading of the iterator, byte by byte as bpf/record.h lays it out. */
export function taskBytes(
  rows: readonly MadeRow[],
  { timeOffsetNs = 0n, beganNs = 10n ** 12n, rowCount = rows.length, isCounted = true } = {},
): Buffer {
  const header = new Unit(48)
    .u32(0, 0x504c4d42)
    .u32(4, 1)
    .u32(8, 248)
    .u32(12, 96)
    .u64(16, beganNs)
    .u64(24, BigInt.asUintN(64, timeOffsetNs))
    .u32(32, 4026531836)
    .u32(36, 4026531837);
  const sentinel = new Unit(24)
    .u32(0, 2)
    .u32(4, isCounted ? 1 : 0)
    .u64(8, BigInt(rowCount))
    .u64(16, beganNs);
  return Buffer.concat([header.bytes, ...rows.flatMap(rowBytes), sentinel.bytes]);
}

function rowBytes(row: MadeRow): Buffer[] {
  const { levels = [], exe } = row;
  const main = new Unit(248)
    .u32(0, 1)
    .u32(4, row.absent ?? 0)
    .u64(8, row.startNs ?? 10n ** 9n)
    .u64(16, row.pidfsIno ?? 0n)
    .u32(24, row.pid)
    .u32(28, row.ppid ?? 0)
    .u32(32, row.pgid ?? row.pid)
    .u32(36, row.sid ?? row.pid)
    .u32(40, row.tpgid ?? 0)
    .u32(44, row.ttyNr ?? 0)
    .u32(48, row.ttyDev ?? 0)
    .u32(52, row.state ?? 1)
    .u32(56, row.exitState ?? 0)
    .u32(60, row.flags ?? 0)
    .u32(64, row.threads ?? 1)
    .u32(76, exe?.dev ?? 0)
    .u64(80, exe?.ino ?? 0n)
    .text(88, row.comm ?? '')
    .u32(112, row.pidNs ?? 4026531836)
    .u64(152, BigInt.asUintN(64, row.readSeconds ?? 0n))
    .u64(160, BigInt.asUintN(64, row.writtenSeconds ?? 0n))
    .u32(176, row.cwdLinks ?? 2)
    .u32(180, exe?.name.length ?? 0)
    .text(184, exe?.name ?? '');
  const tail = new Unit(16)
    .u32(0, levels.length)
    .u32(4, row.verdict ?? 1)
    .u32(8, 0xffffffff);
  return [main.bytes, ...levels.map(([dev, ino]) => new Unit(16).u64(0, ino).u32(8, dev).bytes), tail.bytes];
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A piece of so many bytes, in the machine's own order. */
class Unit {
  readonly bytes: Buffer;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, length);
  }

  u32(at: number, number: number): this {
    this.#view.setUint32(at, number, LITTLE);
    return this;
  }

  u64(at: number, number: bigint): this {
    this.#view.setBigUint64(at, number, LITTLE);
    return this;
  }

  text(at: number, text: string): this {
    this.bytes.write(text, at, 'latin1');
    return this;
  }
}
