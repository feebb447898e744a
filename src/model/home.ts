import type { FileId } from './process.ts';
import { type ByteString, fromUtf8, type Text } from './text.ts';

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

/** Tells the homes of one look apart. */
export function homeKey({ name, path }: { readonly name: Text; readonly path: Text }): string {
  return `${name.base64 ?? name.text}\0${path.base64 ?? path.text}`;
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

/** The home that a configuration would find at a path or above it, by the path alone; the nearest, null for none. */
export function homeAtOrAbove(
  specs: readonly HomeSpec[],
  path: ByteString,
): { readonly name: ByteString; readonly path: ByteString } | null {
  let nearest: { readonly name: ByteString; readonly path: ByteString } | null = null;
  for (const spec of specs) {
    const found = spec.kind === 'path' ? namedAbove(spec, path) : matchAbove(spec, path);
    if (found && found.path.length > (nearest?.path.length ?? 0)) nearest = found;
  }
  return nearest;
}

/** Whether a path is another one, or lies below it. */
export function isAtOrBelow(path: ByteString, above: ByteString): boolean {
  return path === above || above === '/' || path.startsWith(`${above}/`);
}

function namedAbove(spec: HomePath, path: ByteString) {
  const home = { name: fromUtf8(spec.name), path: withoutSlash(fromUtf8(spec.path)) };
  return isAtOrBelow(path, home.path) ? home : null;
}

function matchAbove(spec: HomePattern, path: ByteString) {
  const directory = spec.directory === '/' ? '' : fromUtf8(spec.directory);
  if (!path.startsWith(`${directory}/`)) return null;
  const [entry = ''] = path.slice(directory.length + 1).split('/', 1);
  const name = nameInPattern(entry, spec);
  if (name === null) return null;
  const home = { name, path: withoutSlash(`${directory}/${entry}${fromUtf8(spec.rest)}`) };
  return isAtOrBelow(path, home.path) ? home : null;
}

/** As the kernel would write it. */
export function withoutSlash(path: ByteString): ByteString {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}
