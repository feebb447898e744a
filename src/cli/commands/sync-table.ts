import type { Settings } from '../../config/settings.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { TableMapping } from '../../model/table-mapping.ts';
import type { Compared } from '../../registry/table/plan.ts';
import type { Table } from '../../registry/table/table.ts';
import { type ReconciledTable, syncTable as reconcile } from '../../sync-table.ts';
import { type Call, formatOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { noteCoverage, noteUnmatched } from '../notes.ts';
import { withTable } from '../registry-of.ts';
import { escapeMessage } from '../render/escape.ts';
import { tableJson, tableNotes, tableSummary } from '../table-notes.ts';
import type { SyncFlags } from './sync-flags.ts';

/** `plumb sync` on somebody else's table. */
export async function syncTable(
  call: Call,
  settings: Settings,
  mapping: TableMapping,
  flags: SyncFlags,
): Promise<ExitCode> {
  if (flags.adoptHost || flags.forget) {
    throw new PlumblineError('usage', "--adopt-host and --forget are about plumbline's own rows", {
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
  const { plan, snapshot } = done;
  if (formatOf(call) === 'json') {
    output.data(tableJson(done, table, { dryRun, pretty: output.isTerminal }));
    return;
  }
  if (dryRun) output.data(plan.changes.map(line).join(''));
  output.data(`${dryRun ? 'would write: ' : ''}${tableSummary(plan)}\n`);
  for (const told of tableNotes(done, table.mapping)) output.note(told);
  noteCoverage(output, snapshot.coverage);
  noteUnmatched(output, snapshot.unmatchedPatterns);
}

function line({ name, claim, should, reason }: Compared): string {
  const sign = claim === null ? '+' : should === 'dead' ? '-' : '~';
  return `${escapeMessage(`${sign} ${name}: ${reason}`)}\n`;
}

function exitOf({ plan, lost, refused }: ReconciledTable): ExitCode {
  const isAmbiguous = plan.compared.some(({ verdict }) => verdict === 'ambiguous');
  const isUnknown = plan.compared.some(({ verdict, kind }) => verdict === 'unknown' && kind !== null);
  return worstOf([
    plan.held.length > 0 || isAmbiguous ? EXIT.no : EXIT.ok,
    isUnknown ? EXIT.blind : EXIT.ok,
    lost.length > 0 || refused.size > 0 ? EXIT.registry : EXIT.ok,
  ]);
}
