import { giveBackLargeBlocks, loadMemoryTrim } from '../../kernel/native/malloc.ts';
import type { LiveTable } from '../tables/live-table.ts';
import { ThreadEngine, type ThreadEngineOptions } from './thread-engine.ts';
import { warmUpOf } from './warm-up.ts';

/** What somebody may want to be told of. */
type Told = Pick<ThreadEngineOptions, 'onReplaced' | 'onStarted'>;

/** Files that an engine is started from. */
export interface EngineFiles {
  readonly worker: string;
  readonly template: string;
}

/**
 * Starts an engine in a thread. It takes jobs at once, and runs them when it is ready; where it does not start, they are
 * told why.
 * @param tables the live tables that can be read: LIVE_TABLES, with which it was built, or some of them
 */
export async function openEngine(tables: readonly LiveTable[], told: Told = {}): Promise<ThreadEngine> {
  const [{ worker, template }, onStarted] = await Promise.all([
    import('plumbline:engine-files'),
    loadMemoryTrim(),
    giveBackLargeBlocks(),
  ]);
  return startEngine({ worker, template }, tables, { onStarted, ...told });
}

/** The same from other files, for tests with tables of their own. */
export function startEngine(files: EngineFiles, tables: readonly LiveTable[], told: Told = {}): ThreadEngine {
  return new ThreadEngine({
    file: files.worker,
    template: files.template,
    tables: tables.map(({ name }) => name),
    timeZone: hostTimeZone(),
    warmUp: warmUpOf(tables),
    ...told,
  });
}

/** The host's time zone as Postgres knows it; where the host's is none of the world's, UTC. */
function hostTimeZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return Intl.supportedValuesOf('timeZone').includes(zone) ? zone : 'UTC';
}
