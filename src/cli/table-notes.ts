import type { TableMapping } from '../model/table-mapping.ts';
import { driftOfTable } from '../registry/table/drift.ts';
import type { Compared, TablePlan } from '../registry/table/plan.ts';
import type { Table } from '../registry/table/table.ts';
import { DRIFT } from '../relations/drift.ts';
import { toWire } from '../relations/wire.ts';
import type { ReconciledTable } from '../sync-table.ts';
import { escapeMessage } from './render/escape.ts';
import { answerJson } from './render/json.ts';
import { countsLine } from './render/plan.ts';

/** What stays as it is, and why; who has no row; what is held back. */
export function tableNotes(
  { plan, lost, refused }: Pick<ReconciledTable, 'plan' | 'lost' | 'refused'>,
  mapping: TableMapping,
): string[] {
  const left = leftAlone(plan).map(({ name, kind, reason }) => {
    return `${escapeMessage(name)} stays as it is: ${kind === 'ambiguous' ? 'ambiguous: ' : ''}${reason}`;
  });
  const missing = mapping.insert ? [] : plan.compared.filter((it) => it.kind === 'missing_row');
  const held = names(plan.held);
  return [
    ...left,
    ...(missing.length > 0 ? [`without a row: ${names(missing)}; --insert gives them one`] : []),
    ...(held === ''
      ? []
      : [`held back, since so many at once are more likely a mistake of ours: the end of ${held}; --force writes it`]),
    ...[...refused].map(([name, why]) => `${escapeMessage(name)} was not written, since the table refuses it: ${why}`),
    ...lost.map(
      (name) =>
        `${escapeMessage(name)} was not written: somebody else changed it each time, or a trigger leaves it as it is`,
    ),
  ];
}

/** The answer as JSON: what was written, and how each row differed. */
export function tableJson(
  { plan, snapshot, lost, refused }: ReconciledTable,
  table: Pick<Table, 'place' | 'mapping'>,
  { dryRun, pretty }: { readonly dryRun: boolean; readonly pretty: boolean },
): string {
  const content = {
    registry: table.place,
    dry_run: dryRun,
    written: plan.changes.map(({ name }) => name),
    held: plan.held.map(({ name }) => name),
    lost,
    refused: Object.fromEntries(refused),
    touched: plan.touched.length,
    drift: driftOfTable(plan, table.mapping).map((it) => toWire(DRIFT, it)),
  };
  return answerJson(snapshot, content, pretty);
}

function names(list: readonly Compared[]): string {
  return list.map(({ name }) => escapeMessage(name)).join(', ');
}

/** What a person or better sight has to settle. */
function leftAlone({ compared }: TablePlan): Compared[] {
  return compared.filter(({ verdict, kind }) => kind !== null && (verdict === 'unknown' || verdict === 'ambiguous'));
}

/** What a plan of a table writes, in one line. */
export function tableSummary({ compared, changes, held, touched }: TablePlan): string {
  const dead = changes.filter(({ should }) => should === 'dead').length;
  const inserted = changes.filter(({ claim }) => claim === null).length;
  const handled = new Set([...changes, ...held, ...touched].map(({ name }) => name));
  const rest = compared.filter(({ name, claim }) => claim !== null && !handled.has(name));
  const of = (verdict: string) => rest.filter((it) => it.verdict === verdict && it.kind !== null).length;
  const [unknown, ambiguous] = [of('unknown'), of('ambiguous')];
  return countsLine([
    [inserted, 'new'],
    [changes.length - inserted - dead, 'changed'],
    [dead, 'dead'],
    [held.length, 'held back'],
    [unknown, 'unknown'],
    [ambiguous, 'ambiguous'],
    [touched.length, 'renewed'],
    [rest.length - unknown - ambiguous, 'as they were'],
  ]);
}
