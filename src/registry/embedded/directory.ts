import fs from 'node:fs';
import path from 'node:path';
import major from 'plumbline:registry-major';
import { PlumblineError } from '../../model/errors.ts';

/** What stands where the registry's data should be. */
export type Standing = 'absent' | 'empty' | 'store' | 'other_version' | 'damaged' | 'foreign';

/**
 * Looks what is there, before PGlite does: into a directory without PG_VERSION it would run initdb, whosever it is.
 * @throws {PlumblineError} `registry` where it may not be looked at or written
 */
export function standing(directory: string): Standing {
  const names = namesIn(directory);
  if (names === 'absent' || names === 'foreign') return names;
  if (names.length === 0) return 'empty';
  if (!names.includes('PG_VERSION')) return names.includes('global') ? 'damaged' : 'foreign';
  const version = attempt(directory, () => fs.readFileSync(path.join(directory, 'PG_VERSION'), 'latin1').trim());
  if (version !== major) return /^\d+$/.test(version) ? 'other_version' : 'damaged';
  attempt(directory, () => fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK));
  return 'store';
}

/**
 * Whether there is nothing yet, and a registry can be made there.
 * @returns false where something is there, whatever it is
 * @throws {PlumblineError} `registry` where nothing is there, and nothing can be made
 */
export function isVacant(directory: string): boolean {
  const what = standing(directory);
  if (what !== 'absent' && what !== 'empty') return false;
  let above = path.dirname(directory);
  while (!fs.existsSync(above)) above = path.dirname(above);
  attempt(directory, () => fs.accessSync(above, fs.constants.W_OK | fs.constants.X_OK));
  // The kernel's own file systems say that they may be written, and make no directory.
  const PROC_SUPER_MAGIC = 0x9fa0;
  if (fs.statfsSync(above).type === PROC_SUPER_MAGIC) throw denied(directory, { code: 'ENOENT' });
  return true;
}

/** Makes it from the template: in a directory beside it, which then takes its name, so that it is whole or not there. */
export async function makeFromTemplate(directory: string): Promise<void> {
  const [{ default: packed }, { parseTar }, { gunzipSync }] = await Promise.all([
    import('plumbline:registry-template'),
    import('nanotar'),
    import('node:zlib'),
  ]);
  const part = `${directory}.new`;
  try {
    fs.rmSync(part, { recursive: true, force: true });
    fs.mkdirSync(part, { mode: 0o700 });
    for (const { name, type, data } of parseTar(gunzipSync(packed))) {
      const place = path.join(part, name);
      if (type === 'directory') fs.mkdirSync(place, { mode: 0o700 });
      else fs.writeFileSync(place, data ?? new Uint8Array(), { mode: 0o600 });
    }
    fs.renameSync(part, directory);
  } catch (error) {
    fs.rmSync(part, { recursive: true, force: true });
    throw denied(directory, error);
  }
}

/** Moves what cannot be opened out of the way; nothing of it is deleted. Returns where it is now. */
export function setAside(directory: string, now: Date): string {
  const aside = `${directory}.aside-${now.toISOString().replace(/\D/g, '').slice(0, 17)}`;
  attempt(directory, () => fs.renameSync(directory, aside));
  return aside;
}

/** Removes an empty directory that is in the way. @throws {PlumblineError} `registry` */
export function removeEmpty(directory: string): void {
  attempt(directory, () => fs.rmdirSync(directory));
}

function attempt<T>(directory: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw denied(directory, error);
  }
}

function namesIn(directory: string): readonly string[] | 'absent' | 'foreign' {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'absent';
    if (code === 'ENOTDIR') return 'foreign';
    throw denied(directory, error);
  }
}

function denied(directory: string, error: unknown): PlumblineError {
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new PlumblineError(
    'registry',
    `cannot ${isFull ? 'write' : 'use'} the registry in ${directory}: ${code ?? error}`,
    {
      hint: isFull
        ? 'make room on that file system, or raise ulimit -f'
        : 'it must be yours: XDG_STATE_HOME says where it is, --db names another',
      cause: error,
    },
  );
}
