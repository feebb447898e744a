import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import { SqlError } from '../../sql/sql-error.ts';
import { LIVE_TABLES } from '../../sql/tables/live-tables.ts';
import { type Call, settingsOf } from '../call.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Answering } from '../sql/answer.ts';
import { askEngine } from '../sql/ask-engine.ts';
import { printAnswer } from '../sql/print.ts';
import { checkStatements, runText } from '../sql/run.ts';
import { statementText } from '../sql/statement-text.ts';
import { columnsOfTable, tablesOf } from '../sql/tables.ts';
import { tellSqlError } from '../sql/told-error.ts';

/** The options of `plumb sql`, as commander gives them. */
export interface SqlFlags {
  readonly tables?: true;
  readonly timeout?: string;
  readonly socket?: string;
  readonly connect?: string;
}

const TIMEOUTS: DurationLimits = { leastMs: 1, mostMs: 86_400_000, words: '1ms up to 24h' };
const USUAL_TIMEOUT_MS = 60_000;
const TABLES = LIVE_TABLES.map(({ name }) => name);

/** `plumb sql [STATEMENT]`: answers SQL about this machine, of one snapshot. */
export async function sql(call: Call, argument: string | null, flags: SqlFlags): Promise<ExitCode> {
  if (flags.tables) {
    printAnswer(call, { results: [argument === null ? tablesOf(LIVE_TABLES) : columnsOfTable(LIVE_TABLES, argument)], look: null });
    return EXIT.ok;
  }
  const text = statementText(argument, TABLES);
  const answering = await open(call, flags);
  try {
    const { parseStatements } = await import('../../sql/statement/parse-statements.ts');
    const statements = await parseStatements(text);
    checkStatements(statements);
    printAnswer(call, await runText(answering, text, statements));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof SqlError) return tellSqlError(call.output, error, { text, tables: TABLES });
    throw error;
  } finally {
    await answering.close();
  }
}
