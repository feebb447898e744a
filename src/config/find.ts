import fs from 'node:fs';
import { PlumblineError } from '../model/errors.ts';

/** No configuration comes near it, and /dev/zero never ends. */
const LARGEST_BYTES = 1 << 20;

/** A configuration file as it was found. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The places where a configuration may be, and who named them. */
export interface ConfigPlaces {
  /** `--config`. */
  readonly flag: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly userDirectory: () => string;
  /** The file for the whole machine. */
  readonly systemFile: string;
}

/**
 * Finds the configuration: `--config`, `$PLUMBLINE_CONFIG`, `$XDG_CONFIG_HOME/plumbline/config.toml`, then
 * /etc/plumbline/config.toml. The first one found is the only one.
 * A file that was named must be there. One that is there and may not be read is an error, since the next one could
 * say something else.
 * @returns null where there is none
 * @throws {PlumblineError} `config`
 */
export function findConfig(places: ConfigPlaces): FoundFile | null {
  const named = namedFile(places);
  if (named !== null) {
    const bytes = readIfThere(named.path);
    if (bytes !== null) return { path: named.path, bytes };
    throw new PlumblineError('config', `${named.by} names ${named.path}, and there is no such file`, {
      hint: `create it, or leave ${named.by} out`,
    });
  }
  for (const path of [userFile(places), places.systemFile]) {
    // Where we may not even look for the directory, as under another user's $HOME, there is nothing of ours.
    if (path === null || isOutOfReach(path.slice(0, path.lastIndexOf('/')))) continue;
    const bytes = readIfThere(path);
    if (bytes !== null) return { path, bytes };
  }
  return null;
}

function namedFile({ flag, env }: ConfigPlaces): { readonly path: string; readonly by: string } | null {
  if (flag !== null) return { path: flag, by: '--config' };
  const path = env['PLUMBLINE_CONFIG'];
  return path ? { path, by: '$PLUMBLINE_CONFIG' } : null;
}

/**
 * A relative $XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification). A user without $HOME and without
 * an entry in passwd(5), as in containers, has no file.
 */
function userFile({ env, userDirectory }: ConfigPlaces): string | null {
  const xdg = env['XDG_CONFIG_HOME'];
  if (xdg?.startsWith('/')) return `${xdg}/plumbline/config.toml`;
  const home = attemptHome(userDirectory);
  return home && `${home}/.config/plumbline/config.toml`;
}

function attemptHome(userDirectory: () => string): string | null {
  try {
    return userDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

function isOutOfReach(directory: string): boolean {
  try {
    fs.statSync(directory);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

function readIfThere(path: string): Uint8Array | null {
  try {
    return readAtMost(path, LARGEST_BYTES);
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const errno = error instanceof Error && 'code' in error ? error.code : undefined;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return null;
    throw new PlumblineError('config', `cannot read the configuration ${path}: ${errno ?? String(error)}`, {
      hint: 'name another with --config, or --config /dev/null for none',
      cause: error,
    });
  }
}

function readAtMost(path: string, limit: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(limit + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= limit; length += read) {
      read = fs.readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length <= limit) return buffer.subarray(0, length);
    throw new PlumblineError('config', `${path} is larger than ${limit} bytes: it is no configuration`);
  } finally {
    fs.closeSync(fd);
  }
}
