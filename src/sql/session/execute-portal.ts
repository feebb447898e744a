import { commandTag } from '../protocol/answer.ts';
import { backend } from '../protocol/backend.ts';
import { joined } from '../protocol/bytes.ts';
import { SqlError } from '../sql-error.ts';
import type { Client } from './client.ts';
import { rowsOf } from './cursor-rows.ts';
import { readAnswer } from './engine-answer.ts';
import { inFormats } from './formats.ts';
import { HeldRows, rowsIn } from './held-rows.ts';
import type { Outcome } from './outcome.ts';
import { mustBeAllowed, perform } from './perform.ts';
import type { Portal } from './portal.ts';
import { type RowRange, RowsFailed } from './position.ts';
import { runQuery } from './query-run.ts';
import { shifted, sqlErrorFrom } from './session-error.ts';

/**
 * Execute: as many rows as are wanted, and the next ones when it is said again.
 * @param maxRows 0 for all
 */
export async function executePortal(client: Client, name: string, maxRows: number): Promise<void> {
  const portal = client.portals.get(name);
  if (portal === undefined) throw new SqlError('34000', `portal "${name}" does not exist`);
  if (portal.parts.statement === null) {
    await client.out.put([backend.emptyQuery()]);
    return;
  }
  mustBeAllowed(client, portal.parts.statement);
  portal.mustRun();
  client.inTransaction();
  client.portals.running = portal;
  try {
    const { pieces, complete, failure } = await outcomeOf(client, portal, maxRows);
    await client.out.put(pieces);
    if (failure !== null) throw failure;
    if (complete !== null) await client.out.put([complete]);
    if (client.transaction !== null) client.transaction.isPipeline = true;
  } catch (error) {
    portal.isFailed = true;
    throw shifted(sqlErrorFrom(error), portal.parts.prepared?.offset ?? 0);
  } finally {
    client.portals.running = null;
  }
}

async function outcomeOf(client: Client, portal: Portal, maxRows: number): Promise<Outcome> {
  const { statement, query, description, cursor, resultFormats, parameters } = portal.parts;
  if (statement === null) throw new RangeError('nothing is in it to be done');
  if (description === null) {
    portal.markDone();
    return query === null
      ? await perform(client, statement, { parameters, resultFormats })
      : await runQuery(client, query, resultFormats);
  }
  if (portal.rows !== null || maxRows > 0 || query === null || cursor !== null) {
    return await nextRows(client, portal, maxRows === 0 ? Number.POSITIVE_INFINITY : maxRows);
  }
  // All rows, and nobody comes back for them: they are not kept.
  const outcome = await runQuery(client, query, resultFormats);
  portal.rows = HeldRows.none(outcome.complete === null ? '' : commandTag(outcome.complete.subarray(5)));
  return outcome;
}

async function nextRows(client: Client, portal: Portal, count: number): Promise<Outcome> {
  const rows =
    portal.parts.query === null
      ? await performed(client, portal)
      : await rowsOf(client, portal, portal.parts.resultFormats);
  try {
    const { range, isAtEnd } = portal.position.next(count, rows);
    const pieces = await sliceOf(client, portal, rows, range);
    const tag = rows.tag.replace(/ \d+$/, ` ${rowsIn(range)}`);
    return { pieces, complete: isAtEnd ? backend.commandComplete(tag) : backend.portalSuspended(), failure: null };
  } catch (error) {
    if (!(error instanceof RowsFailed)) throw error;
    return { pieces: await sliceOf(client, portal, rows, error.before), complete: null, failure: error.failure };
  }
}

async function sliceOf(
  client: Client,
  portal: Portal,
  rows: HeldRows,
  range: RowRange | null,
): Promise<readonly Uint8Array[]> {
  const { description, resultFormats } = portal.parts;
  if (range === null || description === null) return [];
  return await inFormats(client.runs, {
    description,
    from: portal.rowFormats,
    to: resultFormats,
    rows: rows.slice(range),
  });
}

/** The rows of what the session does itself: FETCH and EXECUTE are done once, and tell them bit by bit. */
async function performed(client: Client, portal: Portal): Promise<HeldRows> {
  const { statement, parameters, resultFormats } = portal.parts;
  if (portal.rows !== null) return portal.rows;
  if (statement === null) throw new RangeError('nothing is in it to be done');
  const { pieces, complete, failure } = await perform(client, statement, { parameters, resultFormats });
  if (failure !== null) throw failure;
  const rows = new HeldRows(readAnswer(joined(complete === null ? pieces : [...pieces, complete])));
  client.portals.keep(portal, rows, resultFormats);
  return rows;
}
