import type { Outcome } from '../model/outcome.ts';
import type { ByteString } from '../model/text.ts';
import type { FileStat } from './procfs.ts';

/**
 * The few files outside /proc that a look needs: the homes, /etc/shells, /etc/machine-id, the firmware's uuid. A recorded scene has them
 * too. Paths are bytes.
 */
export interface Files {
  /** Follows links. */
  stat(path: ByteString): Outcome<FileStat>;
  /** The text of a symbolic link; `unsupported` EINVAL where the path is none. */
  readlink(path: ByteString): Outcome<ByteString>;
  list(path: ByteString): Outcome<readonly ByteString[]>;
  read(path: ByteString): Outcome<Uint8Array>;
}
