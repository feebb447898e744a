import stringWidth from 'fast-string-width';
import type { Evidence } from '../../model/evidence.ts';
import { escapeMessage } from './escape.ts';

const INDENT = '  ';
const GAP = '  ';

/**
 * Evidence in aligned columns: the fact, what stood there, where, and the command that shows it now.
 * @param width the terminal's; where a line does not fit, the commands stand below their facts, whole and ready to
 *   be copied. Null: one line a fact
 */
export function renderEvidence(evidence: readonly Evidence[], width: number | null): string {
  const rows = evidence.map((it) => [it.fact, it.value, it.source].map(escapeMessage));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => stringWidth(row[column] ?? ''))));
  const checks = evidence.map(({ check }) => (check === null ? null : `$ ${escapeMessage(check)}`));
  const lineWidth = INDENT.length + widths.reduce((sum, it) => sum + it + GAP.length, 0);
  const longest = Math.max(...checks.map((check) => stringWidth(check ?? '')));
  const beside = width === null || lineWidth + longest <= width;
  return rows
    .map((row, index) => {
      const check = checks[index] ?? null;
      const facts = INDENT + row.map((text, column) => pad(text, widths[column] ?? 0)).join(GAP);
      if (check === null) return `${facts.trimEnd()}\n`;
      return beside ? `${facts}${GAP}${check}\n` : `${facts.trimEnd()}\n${INDENT}${INDENT}${check}\n`;
    })
    .join('');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - stringWidth(text));
}
