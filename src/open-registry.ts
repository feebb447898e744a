import { isHeld, lockFile } from './kernel/native/flock.ts';
import { PlumblineError } from './model/errors.ts';
import type { TableMapping } from './model/table-mapping.ts';
import type { Database } from './registry/database.ts';
import { Registry } from './registry/registry.ts';
import type { TableUse } from './registry/table/fitness.ts';
import { type Table, openTable as tableIn } from './registry/table/table.ts';

/** Which registry to open. */
export interface OpenRegistryOptions {
  /** A server: `postgres://…` as libpq reads it. Null or left out: the embedded one in `directory`. */
  readonly url?: string | null;
  /** Where the embedded registry lives; only for the embedded one. */
  readonly directory?: string;
  /** What libpq reads from the environment (PGHOST, PGSSLMODE, PGPASSFILE …). Default: nothing. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told what had to be done beside opening it: a damaged one that was set aside. */
  readonly note?: (message: string) => void;
  /** What to call us while others wait for the embedded one. Default `plumbline`. */
  readonly label?: string;
  /**
   * Whether an embedded one is made where there is none, set aside where it is damaged, and brought to this version's
   * schema. Default true; false leaves it as it is, and what is missing is an error.
   */
  readonly mends?: boolean;
  /** Leave the schema of a server as it is, even where there is none. Default false: it is checked. */
  readonly anySchema?: boolean;
  /** How long a server may take over one statement before it counts as gone. Default: as long as it likes. */
  readonly answerWithinMs?: number;
}

/**
 * Opens a registry: close it when done, or the program lives on.
 * The embedded one is made and brought to this version's schema at once. A server's schema is somebody's: where there
 * is none it is an error that says how to make it.
 *
 * Needs:  the right to write the directory, and koffi for its lock; on a server the grants of `plumb sync --init`
 * @throws {PlumblineError} `config` for the URL, `registry` where it cannot be reached or opened, `schema` where it is
 *   not there or newer
 */
export async function openRegistry(options: OpenRegistryOptions): Promise<Registry> {
  const database = await openDatabase(options);
  const registry = new Registry(database);
  try {
    if (!options.anySchema) await registry.checkSchema();
    return registry;
  } catch (error) {
    await registry.close();
    throw error;
  }
}

/**
 * Opens somebody else's table in a server, and makes sure that it fits the mapping: close it when done.
 *
 * Needs:  for `read` the right to select the mapped columns, for `write` to update them too, and to insert
 * @throws {PlumblineError} `config` for the URL, `registry` where it cannot be reached, `schema` with all that stands in
 *   the way, and the statements that mend it
 */
export async function openTable(
  options: Pick<OpenRegistryOptions, 'env' | 'answerWithinMs'> & {
    readonly url: string;
    readonly mapping: TableMapping;
    readonly use: TableUse;
  },
): Promise<Table> {
  const database = await openDatabase(options);
  try {
    return await tableIn(database, options.mapping, options.use);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Brings it to this version's schema, and reads what must be readable: damage in it shows now, and can be mended. */
async function checkEmbedded(registry: Registry, mends: boolean): Promise<void> {
  if (mends) {
    await registry.migrate();
  } else if ((await registry.schema()).version === 0) {
    throw new PlumblineError('schema', `${registry.place} has no tables yet`, { hint: 'plumb sync makes them' });
  }
  await registry.checkReadable();
}

async function openDatabase(options: OpenRegistryOptions): Promise<Database> {
  const { url, directory, env = {}, label = 'plumbline', note = () => {}, mends = true } = options;
  // Only what is used is loaded: each of the two takes its time.
  if (url != null)
    return (await import('./registry/postgres/postgres.ts')).openPostgres(url, env, options.answerWithinMs);
  if (directory === undefined) {
    throw new PlumblineError('usage', 'openRegistry: neither url nor directory', { hint: 'say where the rows are' });
  }
  const { openStore } = await import('./registry/embedded/store.ts');
  return openStore({
    root: directory,
    note,
    mends,
    check: (database) => checkEmbedded(new Registry(database), mends),
    now: () => new Date(),
    lock: async (file, patienceMs) => {
      const lock = await lockFile(file, label, patienceMs);
      return isHeld(lock) ? lock : { pid: lock.pid, label: lock.label };
    },
  });
}
