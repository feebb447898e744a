import fs from 'node:fs';
import { type Outcome, value } from '../../model/outcome.ts';
import { attempt } from '../attempt.ts';
import { loadKoffi } from './koffi.ts';

/** The kernel's messages from the moment of opening on. */
export interface Kmsg {
  /** What was said since the last reading; `isWhole` is false where older messages were overwritten before that. */
  read(): { readonly records: readonly string[]; readonly isWhole: boolean };
  close(): void;
}

const SEEK_END = 2;
/** More than the kernel puts into one record (PRINTK_MESSAGE_MAX). */
const RECORD_BYTES = 16 * 1024;

/**
 * Listens to the kernel's messages.
 *
 * Source: /dev/kmsg, since Linux 3.5
 * Needs:  koffi; CAP_SYSLOG where kernel.dmesg_restrict is 1, and the right to read the device
 * @throws {PlumblineError} `unsupported_platform` where koffi does not load
 */
export async function openKmsg(): Promise<Outcome<Kmsg>> {
  const koffi = await loadKoffi();
  const lseek = koffi.load(null).func('long lseek(int fd, long offset, int whence)') as (...given: number[]) => number;
  const opened = attempt(() => fs.openSync('/dev/kmsg', fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  if (opened.kind !== 'value') return opened;
  const fd = opened.value;
  lseek(fd, 0, SEEK_END);
  return value({ read: () => readRecords(fd), close: () => fs.closeSync(fd) });
}

/** One read(2) gives one record; EPIPE says that the next ones have been overwritten. */
function readRecords(fd: number): ReturnType<Kmsg['read']> {
  const buffer = Buffer.allocUnsafe(RECORD_BYTES);
  const records: string[] = [];
  let isWhole = true;
  for (;;) {
    const length = attempt(() => fs.readSync(fd, buffer));
    if (length.kind === 'value') records.push(buffer.toString('latin1', 0, length.value));
    else if (length.kind === 'unsupported' && length.errno === 'EPIPE') isWhole = false;
    else return { records, isWhole: isWhole && length.kind === 'unsupported' && length.errno === 'EAGAIN' };
  }
}
