import fs from 'node:fs';
import type { ByteString } from '../model/text.ts';
import { attempt } from './attempt.ts';
import type { Files } from './files.ts';
import { statFile } from './procfs-live.ts';

/** The files of this machine. */
export const liveFiles: Files = {
  stat: (path) => attempt(() => statFile(bytesOf(path))),
  readlink: (path) => attempt(() => fs.readlinkSync(bytesOf(path), 'latin1')),
  list: (path) => attempt(() => fs.readdirSync(bytesOf(path), 'latin1')),
  read: (path) => attempt(() => fs.readFileSync(bytesOf(path))),
};

/** node:fs takes a string as UTF-8; our paths are bytes. */
function bytesOf(path: ByteString): Buffer {
  return Buffer.from(path, 'latin1');
}
