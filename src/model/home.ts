import type { FileId } from './process.ts';
import { type ByteString, fromUtf8 } from './text.ts';

/** A directory that identifies a session. Compared by dev:ino; the path is only where we found it. */
export interface Home extends FileId {
  readonly name: ByteString;
  readonly path: ByteString;
}

/** A configured home that is not there to be compared with. */
export interface AbsentHome {
  readonly name: ByteString;
  readonly path: ByteString;
  /** `missing`: no such directory. The others: it may be there, and we could not see it. */
  readonly problem: 'missing' | 'denied' | 'timeout' | 'not_a_directory';
}

/** Where homes come from: one entry of the configuration. */
export type HomeSpec = HomePattern | HomePath;

/** All directories that match, each named by what stands for the `*`. */
export interface HomePattern {
  readonly kind: 'pattern';
  /** The pattern whole, as it was written. */
  readonly pattern: string;
  /** The directory whose entries are matched. */
  readonly directory: string;
  /** What stands before and after the `*` in its own path component. */
  readonly prefix: string;
  readonly suffix: string;
  /** What follows that component, with its leading `/`, or empty. */
  readonly rest: string;
  /** Where it was written, for errors: `homes[0], line 3 of /etc/plumbline/config.toml`. */
  readonly origin: string;
}

/** One directory under a name of its own. */
export interface HomePath {
  readonly kind: 'path';
  readonly name: string;
  readonly path: string;
  readonly origin: string;
}

/**
 * What a directory entry is called under a pattern, or null where the pattern does not match it.
 * Like a shell's `*`: it stands for something, and not for the dot of a hidden file.
 */
export function nameInPattern(
  entry: ByteString,
  { prefix, suffix }: Pick<HomePattern, 'prefix' | 'suffix'>,
): ByteString | null {
  const [before, after] = [fromUtf8(prefix), fromUtf8(suffix)];
  if (entry.length <= before.length + after.length) return null;
  if (entry.startsWith('.') && !before.startsWith('.')) return null;
  if (!entry.startsWith(before) || !entry.endsWith(after)) return null;
  return entry.slice(before.length, entry.length - after.length);
}

/** Whether an entry of the configuration would find a home of this name, at this path; null: wherever. */
export function mayFind(spec: HomeSpec, name: ByteString, path: ByteString | null): boolean {
  if (spec.kind === 'path') {
    return fromUtf8(spec.name) === name && (path === null || fromUtf8(spec.path) === path);
  }
  const [before, after, rest] = [spec.prefix, spec.suffix, spec.rest].map(fromUtf8);
  const entry = `${before}${name}${after}`;
  if (nameInPattern(entry, spec) !== name) return false;
  const directory = spec.directory === '/' ? '' : fromUtf8(spec.directory);
  return path === null || path === `${directory}/${entry}${rest}`;
}
