/** A table as it is shown: the first column is text, the others are right-aligned. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What must be known to read it. */
  readonly note?: string;
}

/** A demand of the project, and what was measured. */
export interface Target {
  readonly what: string;
  /** `≤ 1.6 ×`. */
  readonly demand: string;
  /** What was measured, in the same unit; null where it could not be. */
  readonly measured: string | null;
  readonly met: boolean;
}

/** A table for a terminal. */
export function toPlain({ title, head, rows, note }: Table): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return ['', title, ...[head, ...rows].map((row) => `  ${line(row)}`), ...(note ? [`  ${note}`] : [])].join('\n');
}

/** The same table as Markdown. */
export function toMarkdown({ title, head, rows, note }: Table): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`;
  return [`### ${title}`, '', line(head), rule, ...rows.map(line), ...(note ? ['', note] : []), ''].join('\n');
}

/** All targets as one table. */
export function targetTable(targets: readonly Target[]): Table {
  const rows = targets.map(({ what, demand, measured, met }) => {
    return [what, demand, measured ?? '-', measured === null ? 'not measured' : met ? 'met' : 'MISSED'];
  });
  return { title: 'Targets', head: ['target', 'demanded', 'measured', ''], rows };
}

/** Judges one number that must not be larger than it may be; NaN was not measured. */
export function atMost(what: string, limit: number, measured: number, unit: string): Target {
  return judge(what, { demand: `≤ ${limit} ${unit}`, measured, unit, met: measured <= limit });
}

/** Judges one number that must not be smaller than it may be. */
export function atLeast(what: string, limit: number, measured: number, unit: string): Target {
  return judge(what, { demand: `≥ ${limit} ${unit}`, measured, unit, met: measured >= limit });
}

/** A number with as many digits as it deserves. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function judge(
  what: string,
  it: { readonly demand: string; readonly measured: number; readonly unit: string; readonly met: boolean },
): Target {
  const measured = Number.isFinite(it.measured) ? `${digits(it.measured)} ${it.unit}` : null;
  return { what, demand: it.demand, measured, met: it.met };
}
