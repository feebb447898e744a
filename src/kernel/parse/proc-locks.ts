import { ParseError } from '../../model/errors.ts';
import type { Lock, LockKind } from '../../model/lock.ts';
import type { FileId } from '../../model/process.ts';

const SOURCE = '/proc/locks';

const KIND = '(POSIX|OFDLCK|ACCESS|FLOCK|LEASE|DELEG|UNKNOWN)';
const STATUS = '(ADVISORY|MANDATORY|MSNFS|\\*NOINODE\\*|ACTIVE|BREAKING|BREAKER|UNKNOWN)';
const MODE = '(WRITE|READ|UNLCK|RW|NONE)';
const ARROW = '->';
const FILE = '(?:<none>:0|([0-9a-f]{2,}):([0-9a-f]{2,}):(\\d{1,20}))';
/** A waiter's arrow stands one blank further in than the lock, or the waiter, that it stands behind. */
const LINE = new RegExp(
  `^(\\d{1,19}):( +->)? ${KIND} +${STATUS} +${MODE} +(-?\\d{1,10}) ${FILE} (\\d{1,20}) (\\d{1,20}|EOF)$`,
);

/**
 * Reads the table of all file locks.
 *
 * Source: /proc/locks, proc_locks(5), since Linux 1.0; open file description locks since 3.15
 * Shape:  locks in the kernel's order, those that wait behind the one that they wait for; from a child pid namespace
 *         only those whose pid is of it, or nobody's: a FLOCK whose caller has ended is not listed there
 * Units:  bytes, from the start of the file; pids as the procfs's pid namespace counts; device numbers as stat(2)
 *         encodes them
 * @throws {ParseError} where a line is none of a lock
 */
export function parseProcLocks(bytes: Uint8Array): Lock[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (text !== '' && !text.endsWith('\n'))
    throw damage(text.slice(text.lastIndexOf('\n') + 1), SOURCE, lineCount(text));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => parseLockLine(line, SOURCE, index + 1));
}

/**
 * Reads one lock, as /proc/locks and the `lock:` lines of fdinfo both write it.
 * @throws {ParseError} naming the source that it is given
 */
export function parseLockLine(text: string, source: string, line: number): Lock {
  const [, id, arrow, kind, status, mode, pid, major, minor, ino, start, end] = LINE.exec(text) ?? [];
  if (id === undefined || status === undefined || mode === undefined || start === undefined) {
    throw damage(text, source, line);
  }
  return {
    id: Number(id),
    waits: arrow !== undefined,
    depth: arrow === undefined ? 0 : arrow.length - ARROW.length,
    kind: kind as LockKind,
    status,
    mode,
    pid: Number(pid) > 0 ? Number(pid) : null,
    file: ino === undefined ? null : { dev: deviceOf(`0x${major}`, `0x${minor}`), ino: BigInt(ino) },
    startByte: BigInt(start),
    endByte: end === 'EOF' ? null : BigInt(end as string),
  };
}

/** Whether a lock is a flock(2) that somebody has, on a file of this inode number, whatever its device is called. */
export function isHeldFlock({ kind, waits, file }: Lock, ino: bigint): boolean {
  return kind === 'FLOCK' && !waits && file?.ino === ino;
}

/**
 * Who called the exclusive flock(2) on a file: it may have ended while a child holds on; null where nobody has it, or
 * somebody of another pid namespace.
 */
export function flockCaller(locks: readonly Lock[], { dev, ino }: FileId): number | null {
  const lock = locks.find(
    (it) => isHeldFlock(it, ino) && it.file?.dev === dev && it.mode === 'WRITE' && it.pid !== null,
  );
  return lock?.pid ?? null;
}

/** A device number as stat(2) encodes it: the low 8 bits of the minor number stand below the major one. */
function deviceOf(major: string, minor: string): bigint {
  const low = BigInt(minor);
  return (BigInt(major) << 8n) | (low & 0xffn) | ((low & ~0xffn) << 12n);
}

function lineCount(text: string): number {
  return text.split('\n').length;
}

function damage(excerpt: string, source: string, line: number): ParseError {
  return new ParseError({ source, field: 'a lock', excerpt, line });
}
