import { PlumblineError } from '../../model/errors.ts';
import { SqlError } from '../../sql/sql-error.ts';
import { openStatements } from '../../sql/statement/parse-statements.ts';
import type { ParseStatements } from '../../sql/statement/statement.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { type Call, settingsOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { parseSize, type SizeLimits } from '../size.ts';
import type { Answering } from '../sql/answer.ts';
import { checkStatements } from '../sql/checks.ts';
import { printAnswer } from '../sql/print.ts';
import { statementText } from '../sql/statement-text.ts';
import { columnsOfTable, tablesOf } from '../sql/tables.ts';
import { tellSqlError } from '../sql/told-error.ts';

/** The options of `plumb sql`, as commander gives them. */
export interface SqlFlags {
  readonly tables?: true;
  readonly timeout?: string;
  readonly maxResult?: string;
  readonly socket?: string;
  readonly connect?: string;
}

const TIMEOUTS: DurationLimits = { leastMs: 1, mostMs: 86_400_000, words: '1ms up to 24h' };
const USUAL_TIMEOUT_MS = 60_000;
/** All of it is held until it is written. */
const SIZES: SizeLimits = { least: 1024, most: 256 << 20, words: '1kB up to 256MB' };
const USUAL_BYTES = 64 << 20;
const TABLES = LIVE_TABLES.map(({ name }) => name);

/** `plumb sql [STATEMENT]`: answers SQL about this machine, of one snapshot. */
export async function sql(call: Call, argument: string | null, flags: SqlFlags): Promise<ExitCode> {
  if (flags.tables) {
    const told = argument === null ? tablesOf(LIVE_TABLES) : columnsOfTable(LIVE_TABLES, argument);
    printAnswer(call, { results: [told], look: null });
    return EXIT.ok;
  }
  const text = statementText(argument, TABLES);
  // Both at once; why it cannot be opened is told where it is needed.
  const parser = openStatements(LIVE_TABLES);
  const opening = open(call, flags, parser);
  opening.catch(() => {});
  try {
    const statements = (await parser)(text);
    checkStatements(statements);
    printAnswer(call, await (await opening).answer(text, statements));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof SqlError) return tellSqlError(call.output, error, { text, tables: TABLES });
    throw error;
  } finally {
    await (await opening.catch(() => null))?.close();
  }
}

/** Our own engine, or the server that is named. */
async function open(call: Call, flags: SqlFlags, parser: Promise<ParseStatements>): Promise<Answering> {
  const timeoutMs =
    flags.timeout === undefined ? USUAL_TIMEOUT_MS : parseDuration(flags.timeout, '--timeout', TIMEOUTS);
  const maxBytes = flags.maxResult === undefined ? USUAL_BYTES : parseSize(flags.maxResult, '--max-result', SIZES);
  const note = (message: string) => call.output.note(message);
  const url = serverOf(call, flags);
  if (url !== null) {
    const { askServer } = await import('../sql/ask-server.ts');
    return askServer({ url, env: globalThis.process.env, timeoutMs, note });
  }
  const settings = await settingsOf(call);
  const { askEngine } = await import('../sql/ask-engine.ts');
  return askEngine({ settings, parser, timeoutMs, maxBytes, note });
}

/**
 * The URL of the server to ask; null where none is named.
 * @throws {PlumblineError} `usage` for options that the server would not be told
 */
function serverOf({ flags }: Call, { socket, connect, maxResult }: SqlFlags): string | null {
  if (socket === undefined && connect === undefined) return null;
  if (socket !== undefined && connect !== undefined) {
    throw new PlumblineError('usage', '--socket and --connect at once', { hint: 'name one server' });
  }
  const option = socket === undefined ? '--connect' : '--socket';
  const given = {
    '--home': flags.homes,
    '--command': flags.commands,
    '--terminal': flags.terminal,
    '--source': flags.source,
    '--host-id': flags.hostId,
    '--config': flags.config,
    '--max-result': maxResult ?? null,
  };
  const idle = Object.entries(given).find(([, value]) => value !== null);
  if (idle) {
    throw new PlumblineError('usage', `${idle[0]} and ${option} at once: what is looked at is for the server to know`, {
      hint: `give ${idle[0]} to plumb serve`,
    });
  }
  if (connect !== undefined) return connect;
  return `postgres:///plumbline?host=${encodeURIComponent(socket ?? '')}`;
}
