import fs from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';

/** What others may not do. Root's own file may be readable by a group, as Postgres allows for keys. */
const OTHERS = 0o077;
const OTHERS_OF_ROOT = 0o037;

/**
 * Reads a file that nobody else may read.
 * @param what for the error: `the file of users`
 * @throws {PlumblineError} `config` where it cannot be read, or others can
 */
export function readSecretFile(file: string, what: string): Buffer {
  const fd = open(file, what);
  try {
    const { uid, mode } = fs.fstatSync(fd);
    const ours = globalThis.process.geteuid?.();
    if (uid !== 0 && uid !== ours) {
      throw new PlumblineError('config', `${what}, ${file}, belongs to user ${uid}`, {
        hint: `it has to be root's, or of user ${ours}, whom the server runs as`,
      });
    }
    if ((mode & (uid === 0 && ours !== 0 ? OTHERS_OF_ROOT : OTHERS)) !== 0) {
      throw new PlumblineError('config', `${what}, ${file}, can be read by others`, { hint: `chmod 600 ${file}` });
    }
    return fs.readFileSync(fd);
  } catch (error) {
    throw error instanceof PlumblineError ? error : unreadable(file, what, error);
  } finally {
    fs.closeSync(fd);
  }
}

function open(file: string, what: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(file, what, error);
  }
}

function unreadable(file: string, what: string, error: unknown): PlumblineError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return new PlumblineError('config', `${what}, ${file}, cannot be read: ${code}`, {
    hint: `name a file that user ${globalThis.process.geteuid?.()} can read`,
    cause: error,
  });
}
