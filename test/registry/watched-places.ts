import { onTestFinished } from 'vitest';
import type { Database } from '../../src/registry/database.ts';
import { openPglite } from '../../src/registry/embedded/pglite.ts';
import { dataDirectory } from '../../src/registry/embedded/place.ts';
import { openPostgres } from '../../src/registry/postgres/postgres.ts';
import type { PostgresServer } from '../makers/postgres-cluster.ts';
import { waitFor } from '../makers/wait-for.ts';
import { makeStateDirectory, openEmbedded, openServer } from './registries.ts';

/** A registry that is watched by one session, and read by another one where there can be two. */
export interface WatchedPlace {
  /** A session that can watch; the one that watches, where there is room for one only. */
  readonly watcher: () => Promise<Database>;
  readonly reader: () => Promise<Database>;
  /** The watching session ends without a word, as with a power cut. */
  readonly cut: () => Promise<void>;
}

/** The embedded registry: its one session is both. */
export async function watchedEmbedded(): Promise<WatchedPlace> {
  const directory = makeStateDirectory();
  await (await openEmbedded(directory)).close();
  let open: Database | null = null;
  const session = async () => {
    open ??= await openPglite(dataDirectory(directory));
    return open;
  };
  const cut = async () => {
    await open?.close();
    open = null;
  };
  onTestFinished(cut);
  return { watcher: session, reader: session, cut };
}

/** A new database of a server. */
export async function watchedServer(server: PostgresServer): Promise<WatchedPlace> {
  const url = server.createDatabase();
  await openServer(url);
  const open = async () => {
    const database = await openPostgres(url, {});
    onTestFinished(() => database.close());
    return database;
  };
  const [reader, pids] = [await open(), [] as (number | null)[]];
  return {
    reader: async () => reader,
    watcher: async () => {
      const database = await open();
      pids.push(database.announcedPid ?? null);
      return database;
    },
    cut: async () => {
      for (const pid of pids) server.psql(`select pg_terminate_backend(${pid})`);
      const count = () =>
        Number(server.psql(`select count(*) from pg_stat_activity where pid in (${pids.join(', ')})`));
      await waitFor('its sessions to end', () => count() === 0);
    },
  };
}
