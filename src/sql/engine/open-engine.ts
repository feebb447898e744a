import type { LiveTable } from '../tables/live-table.ts';
import { createTables } from './ddl.ts';
import { ThreadEngine, type ThreadEngineOptions } from './thread-engine.ts';

/**
 * Starts an engine in a thread, with these tables in it. It takes jobs at once, and runs them when it is ready; where it
 * does not start, they are told why.
 */
export async function openEngine(
  tables: readonly LiveTable[],
  { onReplaced }: Pick<ThreadEngineOptions, 'onReplaced'> = {},
): Promise<ThreadEngine> {
  const [{ default: file }, { default: template }] = await Promise.all([
    import('plumbline:engine-worker'),
    import('plumbline:registry-template'),
  ]);
  return new ThreadEngine({
    file,
    template,
    tables: tables.map(({ name }) => name),
    tablesSql: createTables(tables),
    timeZone: hostTimeZone(),
    ...(onReplaced && { onReplaced }),
  });
}

/** The host's time zone as Postgres knows it; where the host's is none of the world's, UTC. */
function hostTimeZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return Intl.supportedValuesOf('timeZone').includes(zone) ? zone : 'UTC';
}
