import { framesOf, rowValues, sqlErrorOf } from '../sql/protocol/answer.ts';
import { frontend } from '../sql/protocol/frontend.ts';
import { SqlError } from '../sql/sql-error.ts';
import { type Finding, fine } from './finding.ts';

/** As long as a machine may take that swaps. */
const START_WITHIN_MS = 30_000;
const VERSION_BYTES = 65_536;

/**
 * Whether SQL can be answered: the engine is started, and asked for its version.
 * Needs: about 250 MB of memory
 */
export async function examineSql(): Promise<Finding> {
  try {
    return fine('sql', `Postgres ${await engineVersion()} starts: plumb sql and plumb serve answer with it`);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return {
      what: 'sql',
      state: 'lost',
      found: `Postgres does not start here: ${error.message}`,
      lost: 'plumb sql, plumb serve, and whatever asks them',
      mend: error.hint || 'npm install -g @plumbline/plumbline, and 250 MB of free memory',
    };
  }
}

async function engineVersion(): Promise<string> {
  const { openEngine } = await import('../sql/engine/open-engine.ts');
  const engine = await openEngine([]);
  try {
    const answer = await engine.run({
      owner: {},
      settings: () => new Uint8Array(),
      statement: null,
      tables: new Map(),
      frames: frontend.query("select current_setting('server_version')"),
      limits: { ms: START_WITHIN_MS, sharedMs: START_WITHIN_MS, waitMs: START_WITHIN_MS, bytes: VERSION_BYTES },
      signal: new AbortController().signal,
    });
    return versionIn(answer);
  } finally {
    await engine.close();
  }
}

function versionIn(answer: Uint8Array): string {
  for (const { type, body } of framesOf(answer)) {
    if (type === 'E') throw sqlErrorOf(body);
    if (type === 'D') return Buffer.from(rowValues(body)[0] ?? []).toString();
  }
  throw new SqlError('XX000', 'it does not tell its version');
}
