import { PlumblineError } from '../../model/errors.ts';
import { openEngine } from '../../sql/engine/open-engine.ts';
import { openSession } from '../../sql/session/open-session.ts';
import { ServerMemory } from '../../sql/session/server-memory.ts';
import { SqlError } from '../../sql/sql-error.ts';
import { openStatements } from '../../sql/statement/parse-statements.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { snapshotsOf } from '../../sql/tables/snapshots.ts';
import type { MakeSession } from './connection.ts';
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
  const makeSession: MakeSession = (startup, send) => {
    return openSession({ parse, engine, snapshots, limits, memory, startup, send });
  };
  try {
    await seeItAnswer(makeSession);
    const server = await startServer(options, { makeSession });
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

/** Nobody is let in before there is an answer; and what is asked for each client is known from then on. */
async function seeItAnswer(makeSession: MakeSession): Promise<void> {
  const session = makeSession(new Map(), () => {});
  try {
    await session.start();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new PlumblineError('registry', error.message, { hint: error.hint, cause: error });
  } finally {
    session.end();
  }
}
