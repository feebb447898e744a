import fs from 'node:fs';
import type { Outcome } from '../model/outcome.ts';
import { attempt } from './attempt.ts';

/** A few entries at a time: what stands before the processes is all that is wanted. */
const ENTRIES = 64;

/**
 * How many processes exist, by the kernel's own count: hidden ones and those of other namespaces too.
 * The links of /proc are one for each process, beside those of its other directories, which it lists first: so this
 * takes no list of all processes.
 *
 * Source: stat(2) and readdir(3) on /proc
 * Needs:  nothing; under subset=pid the other directories are not listed, and the count is too high
 */
export function countProcesses(root: string): Outcome<number> {
  return attempt(() => {
    let others = 0;
    const directory = fs.opendirSync(root, { bufferSize: ENTRIES });
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (/^\d/.test(entry.name)) break;
        if (entry.isDirectory()) others++;
      }
    } finally {
      directory.closeSync();
    }
    return fs.statSync(root).nlink - 2 - others;
  });
}
