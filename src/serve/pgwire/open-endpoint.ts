import { openEngine } from '../../sql/engine/open-engine.ts';
import { openSession } from '../../sql/session/open-session.ts';
import { ServerMemory } from '../../sql/session/server-memory.ts';
import { openStatements } from '../../sql/statement/parse-statements.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { snapshotsOf } from '../../sql/tables/snapshots.ts';
import type { StartEndpoint } from './endpoint-options.ts';
import { startServer } from './server.ts';

/** Starts an endpoint: one engine and one source of snapshots, which all clients share, and a server before them. */
export const openEndpoint: StartEndpoint = async (options) => {
  const { limits, onEvent } = options;
  const parse = await openStatements(LIVE_TABLES);
  const engine = await openEngine(LIVE_TABLES, {
    onReplaced: (why) => onEvent({ kind: 'replaced', message: `the database engine has been replaced: ${why}` }),
  });
  const snapshots = snapshotsOf({ settings: options.observe, calm: () => engine.idle() });
  const memory = new ServerMemory(limits.memoryBytes);
  try {
    const server = await startServer(options, {
      makeSession: (startup, send) => openSession({ parse, engine, snapshots, limits, memory, startup, send }),
    });
    return {
      addresses: server.addresses,
      close: async () => {
        await server.close();
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
};
