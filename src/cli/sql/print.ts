import type { Lacking } from '../../sql/tables/live-table.ts';
import { type Call, type Format, formatOf } from '../call.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { escapeControls } from '../render/json.ts';
import type { Answered, SqlResult } from './answer.ts';
import { checkNames, resultObjects } from './answer-json.ts';
import { csvHeading, resultCsv, resultLines, resultTable } from './answer-text.ts';
import { isKnownReason } from './coverage.ts';

/** So many rows are written at once: no text of all of them is made, which could be longer than a text can be. */
const ROWS_AT_ONCE = 1000;

/** Prints every result that has columns, in the order of the statements, and notes what they lack. */
export function printAnswer(call: Call, { results, look }: Answered): void {
  const format = formatOf(call);
  const told = results.filter(({ columns }) => columns.length > 0);
  for (const [index, result] of told.entries()) {
    if (index > 0 && (format === 'table' || format === 'wide')) call.output.data('\n');
    for (const text of textsOf(call, format, result, look)) call.output.data(text);
  }
  if (look !== null && format !== 'json') noteLook(call, look);
  if (look !== null) noteUnmatched(call.output, look.unmatchedPatterns);
}

function* textsOf(call: Call, format: Format, result: SqlResult, look: Lacking | null): Generator<string> {
  const { output, headings, color } = call;
  switch (format) {
    case 'tsv':
      for (const part of partsOf(result)) yield resultLines(part);
      break;
    case 'csv': {
      const { isTerminal } = output;
      if (headings) yield csvHeading(result, isTerminal);
      for (const part of partsOf(result)) yield resultCsv(part, isTerminal);
      break;
    }
    case 'json':
      yield* jsonTexts(result, look, output.isTerminal);
      break;
    case 'ndjson':
      checkNames(result);
      for (const part of partsOf(result)) {
        yield resultObjects(part)
          .map((row) => `${jsonText(row)}\n`)
          .join('');
      }
      break;
    default: {
      const width = format === 'wide' || !output.isTerminal ? null : output.columns;
      yield resultTable(result, { headings, color: output.wantsColor(color), width });
    }
  }
}

function* jsonTexts(result: SqlResult, look: Lacking | null, pretty: boolean): Generator<string> {
  checkNames(result);
  const head = {
    schema_version: 1,
    observed_at: look?.observedAt.toISOString() ?? null,
    host_id: look?.hostId ?? null,
    coverage: look && { complete: look.coverage.complete, reasons: look.coverage.reasons },
    columns: result.columns.map(({ name }) => name),
  };
  if (pretty) {
    yield `${escapeControls(JSON.stringify({ ...head, rows: resultObjects(result) }, null, 2))}\n`;
    return;
  }
  yield `${jsonText(head).slice(0, -1)},"rows":[`;
  let between = '';
  for (const part of partsOf(result)) {
    yield between + resultObjects(part).map(jsonText).join(',');
    between = ',';
  }
  yield ']}\n';
}

function jsonText(value: object): string {
  return escapeControls(JSON.stringify(value));
}

/** The same result, a part of its rows after the other. */
function* partsOf(result: SqlResult): Generator<SqlResult> {
  for (let at = 0; at < result.rows.length; at += ROWS_AT_ONCE) {
    yield { ...result, rows: result.rows.slice(at, at + ROWS_AT_ONCE) };
  }
}

function noteLook({ output }: Call, { coverage }: Lacking): void {
  const known = coverage.reasons.filter(isKnownReason);
  noteCoverage(output, { ...coverage, reasons: known }, { command: 'sql' });
  for (const it of coverage.reasons) if (!isKnownReason(it)) output.note(`not seen: ${it.count} (${it.code})`);
}
