import type { PGlite } from '@electric-sql/pglite';
import { PlumblineError } from '../../model/errors.ts';
import type { Answer, Database } from '../database.ts';
import { fromDatabase } from '../database-errors.ts';
import { cannotOpen, DamagedStore, damageIn, Spoken } from './opening.ts';

/**
 * Opens a data directory that is there.
 * @throws {DamagedStore} where it is damaged, or another version's
 * @throws {PlumblineError} `registry` where it is full or may not be written
 */
export async function openPglite(directory: string): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite');
  const spoken = new Spoken();
  let hasStopped = false;
  let db: PGlite | undefined;
  const onStderr = (line: string) => {
    spoken.hear(line);
    if (!/\bPANIC: |^Aborted\(/.test(line)) return false;
    hasStopped = true;
    if (db?.ready) unplug(db);
    return false;
  };
  try {
    db = new PGlite(directory, { onStderr });
    await db.waitReady;
  } catch (error) {
    // Its own error is no cause to pass on: the stack holds a line of 25 kB.
    throw cannotOpen(directory, spoken.reason ?? wordsOf(error));
  }
  return new Embedded(db, directory, () => (hasStopped ? (spoken.reason ?? 'PANIC') : null));
}

class Embedded implements Database {
  readonly place: string;
  /** There is one process, and it is ours. */
  readonly hasAutovacuum = false;
  readonly #db: PGlite;
  readonly #directory: string;
  /** Why the server inside has stopped; another query would never come back. */
  readonly #whyStopped: () => string | null;

  constructor(db: PGlite, directory: string, whyStopped: () => string | null) {
    this.#db = db;
    this.#directory = directory;
    this.place = `the registry in ${directory}`;
    this.#whyStopped = whyStopped;
    // Text in, text out, whatever the type: a number could be rounded. The options do not take a proxy.
    const asText = new Proxy({}, { get: () => (text: unknown) => text });
    Object.assign(db, { parsers: asText, serializers: asText });
  }

  async query(text: string, parameters: readonly (string | null)[] = []): Promise<Answer> {
    return this.#guarded(async () => {
      const { rows, affectedRows } = await this.#db.query<Record<string, string | null>>(text, [...parameters]);
      return { rows, count: affectedRows ?? rows.length };
    });
  }

  async script(text: string): Promise<void> {
    await this.#guarded(() => this.#db.exec(text));
  }

  async close(): Promise<void> {
    await this.#db.close().catch((error: unknown) => {
      if (this.#whyStopped() === null) throw fromDatabase(error, this.place);
    });
  }

  async #guarded<T>(run: () => Promise<T>): Promise<T> {
    this.#refuseIfStopped();
    try {
      return await run();
    } catch (error) {
      this.#refuseIfStopped();
      const damage = damageIn(error);
      throw damage === null ? fromDatabase(error, this.place) : new DamagedStore(this.#directory, damage);
    }
  }

  #refuseIfStopped(): void {
    const why = this.#whyStopped();
    if (why === null) return;
    throw new PlumblineError('registry', `${this.place} has stopped: ${why}`, {
      hint: 'is the file system full? what was being written is not there, and what was there before is',
      isTransient: true,
    });
  }
}

/**
 * After a PANIC the server's next turn spins inside WebAssembly for ever, and no timer can end it; PGlite takes such a
 * turn by itself. So the turn is made to throw. These names are PGlite's own, not its interface: it is pinned, and a
 * test fills a disk.
 */
function unplug(db: PGlite): void {
  const stop = () => {
    throw new Error('the embedded server has stopped');
  };
  const nothing = () => {};
  Object.assign(db.Module, {
    _PostgresMainLoopOnce: stop,
    stackRestore: stop,
    _PostgresSendReadyForQueryIfNecessary: nothing,
    _pgl_pq_flush: nothing,
    _PostgresMainLongJmp: nothing,
  });
}

/** PGlite's file system throws objects that are no errors. */
function wordsOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const errno = typeof error === 'object' && error !== null && 'errno' in error ? error.errno : null;
  return errno === null ? String(error) : `a file of it cannot be reached (errno ${String(errno)} of WebAssembly)`;
}
