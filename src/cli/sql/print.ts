import type { Lacking } from '../../sql/tables/live-table.ts';
import { type Call, type Format, formatOf } from '../call.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { escapeControls } from '../render/json.ts';
import type { Answered, SqlResult } from './answer.ts';
import { resultObjects } from './answer-json.ts';
import { resultCsv, resultLines, resultTable } from './answer-text.ts';
import { isKnownReason } from './coverage.ts';

/** Prints every result that has columns, in the order of the statements, and notes what they lack. */
export function printAnswer(call: Call, { results, look }: Answered): void {
  const format = formatOf(call);
  const texts = results.filter(({ columns }) => columns.length > 0).map((it) => textOf(call, format, it, look));
  call.output.data(texts.join(format === 'table' || format === 'wide' ? '\n' : ''));
  if (look !== null && format !== 'json') noteLook(call, look);
  if (look !== null) noteUnmatched(call.output, look.unmatchedPatterns);
}

function textOf(call: Call, format: Format, result: SqlResult, look: Lacking | null): string {
  const { output, headings, color } = call;
  switch (format) {
    case 'tsv':
      return resultLines(result);
    case 'csv':
      return resultCsv(result, { headings, isShown: output.isTerminal });
    case 'json':
      return resultJson(result, look, output.isTerminal);
    case 'ndjson':
      return resultObjects(result)
        .map((row) => `${escapeControls(JSON.stringify(row))}\n`)
        .join('');
    default: {
      const width = format === 'wide' || !output.isTerminal ? null : output.columns;
      return resultTable(result, { headings, color: output.wantsColor(color), width });
    }
  }
}

function resultJson(result: SqlResult, look: Lacking | null, pretty: boolean): string {
  const answer = {
    schema_version: 1,
    observed_at: look?.observedAt.toISOString() ?? null,
    host_id: look?.hostId ?? null,
    coverage: look && { complete: look.coverage.complete, reasons: look.coverage.reasons },
    columns: result.columns.map(({ name }) => name),
    rows: resultObjects(result),
  };
  return `${escapeControls(JSON.stringify(answer, null, pretty ? 2 : 0))}\n`;
}

function noteLook({ output }: Call, { coverage }: Lacking): void {
  const known = coverage.reasons.filter(isKnownReason);
  noteCoverage(output, { ...coverage, reasons: known }, { command: 'sql' });
  for (const it of coverage.reasons) if (!isKnownReason(it)) output.note(`not seen: ${it.count} (${it.code})`);
}
