import fs from 'node:fs';
import type { ByteString } from '../model/text.ts';
import { attempt } from './attempt.ts';
import type { Files } from './files.ts';
import type { FileStat } from './procfs.ts';
import { statFile } from './procfs-live.ts';

/** The files of this machine. */
export const liveFiles: Files = {
  stat: (path) => attempt(() => statQuickly(bytesOf(path))),
  readlink: (path) => attempt(() => fs.readlinkSync(bytesOf(path), 'latin1')),
  list: (path) => attempt(() => fs.readdirSync(bytesOf(path), 'latin1')),
  read: (path) => attempt(() => fs.readFileSync(bytesOf(path))),
};

/** node:fs takes a string as UTF-8; our paths are bytes. */
function bytesOf(path: ByteString): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Of homes there are many. Numbers are made for a third of what 64 bits take, and are exact where they are safe. */
function statQuickly(path: Buffer): FileStat {
  const stat = fs.statSync(path);
  // The times of a terminal take 64 bits.
  if (!Number.isSafeInteger(stat.ino) || stat.isCharacterDevice()) return statFile(path);
  const { dev, ino, nlink, rdev } = stat;
  const ids = { dev: BigInt(dev), ino: BigInt(ino), nlink: BigInt(nlink), rdev: BigInt(rdev) };
  return { ...ids, isDirectory: stat.isDirectory(), used: null };
}
