import { SqlError } from '../sql-error.ts';
import { runFrames } from './bound-query.ts';
import type { Client } from './client.ts';
import { readAnswer } from './engine-answer.ts';
import { TEXT } from './formats.ts';
import { HeldRows } from './held-rows.ts';
import type { Portal } from './portal.ts';

/**
 * The rows of a portal: its query is run when they are first asked for, on the look that its transaction has.
 * @param formats what they are wanted in; what is held already stays in its own
 * @throws {SqlError} `53200` they are too many to be kept
 */
export async function rowsOf(client: Client, portal: Portal, formats: readonly number[]): Promise<HeldRows> {
  const { query } = portal.parts;
  if (portal.rows !== null) return portal.rows;
  if (query === null) throw new SqlError('55000', `portal "${portal.name}" cannot be run`);
  const tables = await client.look(query.needs);
  const bytes = await runWithin(client, { frames: runFrames(query, formats), tables, statement: query.statement });
  const answer = readAnswer(bytes);
  await client.out.put(answer.notices);
  const rows = new HeldRows(answer);
  client.portals.keep(portal, rows, formats);
  return rows;
}

/** Runs what is to be kept: within what may be. */
async function runWithin(client: Client, run: Parameters<Client['runs']['run']>[0]): Promise<Uint8Array> {
  const maxBytes = Math.max(0, client.memory.left);
  try {
    return await client.runs.run({ ...run, maxBytes });
  } catch (error) {
    const isTooMuch = error instanceof SqlError && error.sqlState === '54000';
    throw isTooMuch && maxBytes < client.options.limits.resultBytes ? client.memory.tooMuch : error;
  }
}

/** What FETCH in a simple query tells its rows in. */
export function ownFormats({ parts }: Portal): readonly number[] {
  return parts.cursor?.isBinary === true ? [1] : TEXT;
}

/** Before a transaction succeeds, the cursors that outlive it get their rows. */
export async function keepHeldCursors(client: Client): Promise<void> {
  for (const portal of client.portals.toPersist) {
    const rows = await rowsOf(client, portal, ownFormats(portal));
    if (rows.failure !== null) throw rows.failure;
  }
}
