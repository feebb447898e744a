import { type ByteString, basename } from '../model/text.ts';
import type { Files } from './files.ts';

/**
 * The base names of the login shells of this machine; empty where the file is missing.
 *
 * Source: /etc/shells, shells(5)
 * Needs:  nothing
 */
export function readShells(files: Files): ReadonlySet<ByteString> {
  const bytes = files.read('/etc/shells');
  const text = bytes.kind === 'value' ? Buffer.from(bytes.value).toString('latin1') : '';
  const paths = text.split('\n').map((line) => line.trim());
  return new Set(paths.filter((path) => path.startsWith('/')).map(basename));
}
