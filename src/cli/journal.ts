import fs from 'node:fs';
import type { Descriptor } from './streams.ts';

/** Whether a standard stream goes to systemd's journal, which dates each line by itself. */
export function isJournal(descriptor: Descriptor): boolean {
  const stream = globalThis.process.env['JOURNAL_STREAM'];
  if (!stream) return false;
  const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
  return stream === `${dev}:${ino}`;
}
