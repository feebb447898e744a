import { requireSessions } from '../../model/require-sessions.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import type { DriftKind, DriftLine } from '../../registry/drift.ts';
import { driftOfPlan } from '../../registry/drift.ts';
import { driftOfTable } from '../../registry/table/drift.ts';
import type { RowCount } from '../../registry/table/table.ts';
import { DRIFT } from '../../relations/drift.ts';
import { toWire } from '../../relations/wire.ts';
import { compare } from '../../sync.ts';
import { compareTable } from '../../sync-table.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { withRegistry, withTable } from '../registry-of.ts';
import { escapeField, escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { type Cell, renderTable } from '../render/table.ts';
import { tsvLine } from '../render/tsv.ts';

/** What was compared. */
interface Drift {
  readonly place: string;
  readonly snapshot: Snapshot;
  /** How many rows were compared. */
  readonly rows: number;
  /** Rows that are not compared, in words. */
  readonly skipped: readonly string[];
  readonly lines: readonly DriftLine[];
}

const HEADINGS = ['NAME', 'KIND', 'COLUMN', 'REGISTRY', 'KERNEL', 'VERDICT', 'WHY'];

/** `plumb drift`: how the registry differs from the kernel; nothing is changed. */
export async function drift(call: Call): Promise<ExitCode> {
  const settings = await settingsOf(call);
  requireSessions(settings);
  const { table } = settings;
  const found = table
    ? await withTable(settings, table, 'read', async (it): Promise<Drift> => {
        const { snapshot, plan } = await compareTable(it, settings);
        const rows = plan.compared.filter(
          ({ claim, kind, verdict }) => claim !== null && (kind !== null || verdict !== 'unknown'),
        );
        const skipped = uncompared(await it.count(), table, plan.hostId);
        return { place: it.place, snapshot, rows: rows.length, skipped, lines: driftOfTable(plan, table) };
      })
    : await withRegistry(call, settings, { label: 'plumb drift', mends: false }, async (it): Promise<Drift> => {
        const { snapshot, stored, plan } = await compare(it, settings);
        return { place: it.place, snapshot, rows: stored.rows.length, skipped: [], lines: driftOfPlan(plan, stored) };
      });
  print(call, found);
  // Where nothing was compared, nothing is known to be right.
  if (found.rows === 0 && found.skipped.length > 0) return worstOf([EXIT.blind, ...found.lines.map(exitOf)]);
  return worstOf(found.lines.map(exitOf));
}

/** What a sync cannot put right: it cannot be seen; and what is no fault of the row. */
const EXITS: Readonly<Partial<Record<DriftKind, ExitCode>>> = {
  unknown: EXIT.blind,
  foreign_pid: EXIT.blind,
  no_home: EXIT.blind,
  other_host: EXIT.blind,
  wandered: EXIT.ok,
  home_deleted: EXIT.ok,
};

function exitOf({ kind, column }: DriftLine): ExitCode {
  return (column === null ? EXITS[kind] : EXIT.no) ?? EXIT.no;
}

/** Which rows are none of ours, or say what no mapping knows: told apart, so that nobody takes them for right. */
function uncompared(counts: readonly RowCount[], mapping: TableMapping, hostId: string): string[] {
  const known = new Set([...mapping.alive, ...mapping.dead]);
  const told = (what: string, skipped: readonly RowCount[], word: (it: RowCount) => string | null) => {
    const sum = skipped.reduce((all, { rows }) => all + rows, 0);
    if (sum === 0) return [];
    const words = [...new Set(skipped.map((it) => word(it) ?? 'null'))].slice(0, 5).join(', ');
    return [`${sum} row${sum === 1 ? '' : 's'} ${what}: ${words}`];
  };
  const isOther = ({ host }: RowCount) => mapping.columns.host !== undefined && host !== null && host !== hostId;
  const isNameless = (it: RowCount) => it.isNameless && !isOther(it);
  const isOdd = (it: RowCount) => {
    return mapping.columns.status !== undefined && !isOther(it) && !it.isNameless && !known.has(it.status ?? '');
  };
  return [
    ...told(`of other hosts (this one is ${hostId})`, counts.filter(isOther), ({ host }) => host),
    ...told('not compared, since their status is neither alive nor dead', counts.filter(isOdd), ({ status }) => status),
    ...told('not compared, since they name no session', counts.filter(isNameless), () => `${mapping.key} is null`),
  ];
}

function print(call: Call, { place, snapshot, rows, skipped, lines }: Drift): void {
  const { output } = call;
  const format = formatOf(call);
  if (format === 'json') {
    const content = { registry: place, rows, not_compared: skipped, drift: lines.map((it) => toWire(DRIFT, it)) };
    output.data(answerJson(snapshot, content, output.isTerminal));
    return;
  }
  if (format === 'tsv') {
    output.data(lines.map(tsv).join(''));
  } else if (lines.length > 0) {
    const width = output.isTerminal ? output.columns : null;
    const headings = call.headings ? HEADINGS : null;
    output.data(
      renderTable(lines.map(cells), { headings, color: output.wantsColor(call.color), width, keeps: 'start' }),
    );
  }
  output.note(counts(rows, lines));
  for (const it of skipped) output.note(it);
  noteCoverage(output, snapshot.coverage);
  noteUnmatched(output, snapshot.unmatchedPatterns);
}

/** `50 rows: 12 differ or cannot be told; 1 session has no row`. */
function counts(rows: number, lines: readonly DriftLine[]): string {
  const namesOf = (list: readonly DriftLine[]) => new Set(list.map(({ name }) => name)).size;
  const missing = namesOf(lines.filter(({ kind }) => kind === 'missing_row'));
  const differing = namesOf(lines) - missing;
  const told =
    differing === 0
      ? 'all say what the kernel says'
      : `${differing} differ${differing === 1 ? 's' : ''} or cannot be told`;
  const without = missing === 0 ? '' : `; ${missing} session${missing === 1 ? ' has' : 's have'} no row`;
  if (rows === 0 && differing === 0) return `no row to compare${without}`;
  return `${rows} row${rows === 1 ? '' : 's'}: ${told}${without}`;
}

function cells({ name, kind, column, registry, kernel, verdict, reason }: DriftLine): Cell[] {
  return [
    { text: escapeMessage(name), style: 'bold' },
    { text: kind },
    { text: escapeMessage(column ?? '-') },
    { text: escapeMessage(registry ?? '-') },
    { text: escapeMessage(kernel ?? '-') },
    { text: verdict, style: verdict === 'alive' ? 'dim' : 'yellow' },
    { text: escapeMessage(reason) },
  ];
}

function tsv({ name, kind, column, registry, kernel, verdict, reason }: DriftLine): string {
  const text = (it: string | null) => escapeField({ text: it ?? '', base64: null });
  return tsvLine([text(name), kind, text(column), text(registry), text(kernel), verdict, text(reason)]);
}
