import fs from 'node:fs';
import path from 'node:path';
import { PlumblineError } from '../../model/errors.ts';
import type { Database } from '../database.ts';
import { makeFromTemplate, removeEmpty, type Standing, setAside, standing } from './directory.ts';
import { DamagedStore } from './opening.ts';
import { openPglite } from './pglite.ts';
import { dataDirectory } from './place.ts';

/** A lock on a file that dies with its holder; src/kernel/native has one. */
type Lock = { release(): void } | { readonly pid: number | null; readonly label: string | null };

/** What the embedded registry needs from around it. */
export interface StoreOptions {
  /** Where it lives: the directory `registry` and its lock are made in here. */
  readonly root: string;
  readonly lock: (file: string, patienceMs: number) => Promise<Lock>;
  readonly now: () => Date;
  /** Whether to make what is not there, and to set aside what cannot be opened. */
  readonly mends: boolean;
  /** Makes sure that an opened one can be used: what it throws of damage sets it aside. */
  readonly check: (database: Database) => Promise<void>;
  /** Told where something had to be set aside. */
  readonly note: (message: string) => void;
}

/** How long a second process waits for the first. */
const PATIENCE_MS = 5000;

/**
 * Opens the embedded registry, and makes it where there is none: one process at a time.
 * What cannot be opened (another major version, damage) is moved aside, and a new one is made: all that it holds can
 * be had from the kernel again, but for the past.
 *
 * @throws {PlumblineError} `registry` where another process has it, or it may not be written, or is somebody else's;
 *   where nothing is to be mended `registry` for what cannot be opened, and `schema` where there is none
 */
export async function openStore(options: StoreOptions): Promise<Database> {
  const { root, mends } = options;
  if (mends) makeRoot(root);
  else if (standing(dataDirectory(root)) === 'absent') throw notThere(root);
  const lock = await options.lock(path.join(root, 'registry.lock'), PATIENCE_MS);
  if (!('release' in lock)) throw held(root, lock);
  try {
    const database = await openDirectory(realDirectory(dataDirectory(root)), options);
    return {
      place: database.place,
      hasAutovacuum: database.hasAutovacuum,
      query: (text, parameters) => database.query(text, parameters),
      script: (text) => database.script(text),
      close: () => database.close().finally(() => lock.release()),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openDirectory(directory: string, { now, note, mends, check }: StoreOptions): Promise<Database> {
  const what = standing(directory);
  if (what === 'store') {
    try {
      return await openChecked(directory, check);
    } catch (error) {
      if (!(error instanceof DamagedStore) || !mends) throw error;
      moveAside(error.why);
    }
  } else {
    prepare(what);
  }
  await makeFromTemplate(directory);
  try {
    return await openChecked(directory, check);
  } catch (error) {
    throw error instanceof DamagedStore ? strange(directory, error.why) : error;
  }

  function prepare(found: Exclude<Standing, 'store'>): void {
    if (found === 'foreign') {
      throw new PlumblineError('registry', `${directory} holds something else than a registry`, {
        hint: 'move it away, or set XDG_STATE_HOME to another place',
      });
    }
    if (found === 'absent' || found === 'empty') {
      if (!mends) throw notThere(path.dirname(directory));
      if (found === 'empty') removeEmpty(directory);
    }
    if (found === 'other_version') moveAside('it is of another major version of Postgres');
    if (found === 'damaged') moveAside('files of it are missing');
  }

  function moveAside(why: string): void {
    if (!mends) throw new DamagedStore(directory, why);
    const aside = setAside(directory, now());
    note(`the registry in ${directory} cannot be opened (${why}): moved to ${aside}, and made anew from the kernel`);
  }
}

async function openChecked(directory: string, check: StoreOptions['check']): Promise<Database> {
  const database = await openPglite(directory);
  try {
    await check(database);
    return database;
  } catch (error) {
    // What was wrong first counts.
    await database.close().catch(() => {});
    throw error;
  }
}

function notThere(root: string): PlumblineError {
  return new PlumblineError('schema', `there is no registry in ${root} yet`, { hint: 'plumb sync makes it' });
}

function strange(directory: string, why: string): PlumblineError {
  return new PlumblineError('registry', `the registry in ${directory} was made anew, and cannot be opened: ${why}`, {
    hint: 'please report it',
  });
}

function makeRoot(root: string): void {
  try {
    // One by one: node's recursive mkdir never comes back from a file system that makes no directories, as /proc.
    const missing: string[] = [];
    for (let place = root; !fs.existsSync(place); place = path.dirname(place)) missing.unshift(place);
    for (const place of missing) makeDirectory(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PlumblineError('registry', `cannot make ${root}, where the registry lives: ${code ?? String(error)}`, {
      hint: 'set XDG_STATE_HOME to a place of your own, or name a server: --db postgres://…',
      cause: error,
    });
  }
}

/** A link to another disk is followed here: PGlite does not leave its directory. */
function realDirectory(directory: string): string {
  try {
    return fs.realpathSync(directory);
  } catch {
    // Nothing is there yet, or it may not be looked at, which is told where it is opened.
    return directory;
  }
}

/** Another plumb may make it at the same moment. */
function makeDirectory(place: string): void {
  try {
    fs.mkdirSync(place, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function held(root: string, { pid, label }: Exclude<Lock, { release(): void }>): PlumblineError {
  const who = pid === null ? 'another process' : `pid ${pid}${label === null ? '' : ` (${label})`}`;
  return new PlumblineError('registry', `the registry in ${root} is held by ${who}, for ${PATIENCE_MS / 1000} s now`, {
    hint: 'one process at a time uses it: try again, or keep the rows in a Postgres server (--db)',
  });
}
