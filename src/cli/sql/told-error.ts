import { nearest } from '../../config/nearest.ts';
import type { SqlError } from '../../sql/sql-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { escapeMessage } from '../render/escape.ts';
import { placeLines } from './place.ts';

/** What was asked, and what there is to ask. */
export interface Asked {
  readonly text: string;
  readonly tables: readonly string[];
}

/** Tells why a statement has no answer, with the place in it, and says what to end with. */
export function tellSqlError(output: Output, error: SqlError, { text, tables }: Asked): ExitCode {
  const { sqlState, message, detail, position } = error;
  const lines = [
    detail === '' ? '' : `DETAIL: ${escapeMessage(detail)}\n`,
    position === null ? '' : placeLines(text, position),
  ].join('');
  const hint = error.hint === '' ? hintFor(error, tables) : error.hint;
  output.problem({ code: 'sql', message, hint }, { lines, fields: { sqlstate: sqlState, detail, position } });
  return exitOf(sqlState);
}

/** Postgres suggests columns, and no tables. */
function hintFor({ sqlState, message }: SqlError, tables: readonly string[]): string {
  if (sqlState !== '42P01') return '';
  const [, name = ''] = /"([^"]*)"/.exec(message) ?? [];
  const meant = nearest(name, tables);
  return meant === null ? `tables: ${tables.join(', ')}` : `did you mean ${meant}?`;
}

/** It took too long, its answer is too large, or the engine has no memory or no room for files of its own for it. */
const ENDED: ReadonlySet<string> = new Set(['57014', '54000', '53200', '53400']);

/**
 * A statement that was ended, for its time or its size, has no as its answer; what the kernel did not let us read is told
 * apart from what is wrong in the statement.
 */
function exitOf(sqlState: string): ExitCode {
  if (ENDED.has(sqlState)) return EXIT.no;
  if (sqlState === '58030') return EXIT.blind;
  if (/^(?:58|XX)/.test(sqlState)) return EXIT.bug;
  if (/^(?:08|28|53|57)/.test(sqlState)) return EXIT.registry;
  return EXIT.usage;
}
