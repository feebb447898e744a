import type { FileId } from '../model/process.ts';

/** A u64 as SQL and JSON carry it: as text, since readers of JSON would round a number. */
export function bigOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

/** A file by both of its numbers; null where one is missing. */
export function fileId(dev: string | null, ino: string | null): FileId | null {
  return dev === null || ino === null ? null : { dev: BigInt(dev), ino: BigInt(ino) };
}
