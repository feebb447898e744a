import fs from 'node:fs';

/** Whether there is such a file, and we may write it. */
export function isWritable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
