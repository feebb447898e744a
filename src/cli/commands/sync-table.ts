import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import { driftOfTable } from '../../registry/table/drift.ts';
import type { Compared, TablePlan } from '../../registry/table/plan.ts';
import type { Table } from '../../registry/table/table.ts';
import { DRIFT } from '../../relations/drift.ts';
import { toWire } from '../../relations/wire.ts';
import { type ReconciledTable, syncTable as reconcile } from '../../sync-table.ts';
import { type Call, formatOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { withTable } from '../registry-of.ts';
import { escapeMessage } from '../render/escape.ts';
import { answerJson } from '../render/json.ts';
import { countsLine } from '../render/plan.ts';
import type { SyncFlags } from './sync-flags.ts';

/** `plumb sync` on somebody else's table. */
export async function syncTable(
  call: Call,
  settings: Settings,
  mapping: TableMapping,
  flags: SyncFlags,
): Promise<ExitCode> {
  if (flags.init || flags.uninstall || flags.adoptHost || flags.forget) {
    throw new PlumblineError('usage', '--init, --uninstall, --adopt-host and --forget are about the schema plumbline', {
      hint: 'leave --table out',
    });
  }
  const { dryRun = false, force = false } = flags;
  return withTable(settings, mapping, dryRun ? 'read' : 'write', async (table) => {
    const done = await reconcile(table, { ...settings, maxDeaths: settings.maxDeadPerPass, dryRun, force });
    print(call, table, done, dryRun);
    return exitOf(done);
  });
}

function print(call: Call, table: Table, done: ReconciledTable, dryRun: boolean): void {
  const { output } = call;
  const { plan, snapshot, lost } = done;
  if (formatOf(call) === 'json') {
    const lines = driftOfTable(plan, table.mapping);
    const content = {
      registry: table.place,
      dry_run: dryRun,
      written: plan.changes.map(({ name }) => name),
      held: plan.held.map(({ name }) => name),
      lost,
      touched: plan.touched.length,
      drift: lines.map((it) => toWire(DRIFT, it)),
    };
    output.data(answerJson(snapshot, content, output.isTerminal));
    return;
  }
  if (dryRun) output.data(plan.changes.map(line).join(''));
  output.data(`${dryRun ? 'would write: ' : ''}${summary(plan)}\n`);
  for (const { name, kind, reason } of leftAlone(plan)) {
    output.note(`${escapeMessage(name)} stays as it is: ${kind === 'ambiguous' ? 'ambiguous: ' : ''}${reason}`);
  }
  const missing = plan.compared.filter((it) => it.kind === 'missing_row' && !plan.changes.includes(it));
  if (missing.length > 0 && !table.mapping.insert) {
    output.note(`without a row: ${missing.map(({ name }) => escapeMessage(name)).join(', ')}; --insert gives them one`);
  }
  if (plan.held.length > 0) {
    const names = plan.held.map(({ name }) => escapeMessage(name)).join(', ');
    output.note(
      `held back, since so many at once are more likely a mistake of ours: the end of ${names}; --force writes it`,
    );
  }
  for (const name of lost) output.note(`${escapeMessage(name)} was changed by somebody else each time: left alone`);
  noteCoverage(output, snapshot.coverage, globalThis.process.getuid?.() === 0);
  noteUnmatched(output, snapshot.unmatchedPatterns);
}

/** What a person or better sight has to settle. */
function leftAlone({ compared }: TablePlan): Compared[] {
  return compared.filter(({ verdict, kind }) => kind !== null && (verdict === 'unknown' || verdict === 'ambiguous'));
}

function summary({ compared, changes, held, touched }: TablePlan): string {
  const dead = changes.filter(({ should }) => should === 'dead').length;
  const inserted = changes.filter(({ claim }) => claim === null).length;
  const unknown = compared.filter(({ verdict, claim }) => verdict === 'unknown' && claim !== null).length;
  const ambiguous = compared.filter(({ verdict, claim }) => verdict === 'ambiguous' && claim !== null).length;
  const right = compared.filter(({ kind, claim, should }) => claim !== null && (kind === null || !should)).length;
  return countsLine([
    [inserted, 'new'],
    [changes.length - inserted - dead, 'changed'],
    [dead, 'dead'],
    [held.length, 'held back'],
    [unknown, 'unknown'],
    [ambiguous, 'ambiguous'],
    [touched.length, 'renewed'],
    [right - unknown - ambiguous - touched.length, 'as they were'],
  ]);
}

function line({ name, claim, should, reason }: Compared): string {
  const sign = claim === null ? '+' : should === 'dead' ? '-' : '~';
  return `${escapeMessage(`${sign} ${name}: ${reason}`)}\n`;
}

function exitOf({ plan, lost }: ReconciledTable): ExitCode {
  const isAmbiguous = plan.compared.some(({ verdict }) => verdict === 'ambiguous');
  const isUnknown = plan.compared.some(({ verdict, kind }) => verdict === 'unknown' && kind !== null);
  return worstOf([
    plan.held.length > 0 || isAmbiguous ? EXIT.no : EXIT.ok,
    isUnknown ? EXIT.blind : EXIT.ok,
    lost.length > 0 ? EXIT.registry : EXIT.ok,
  ]);
}
