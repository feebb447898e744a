import { MachineLook } from '../../look/machine-look.ts';
import { PlumblineError } from '../../model/errors.ts';
import { type KernelRelation, withRequested } from '../../relations/kernel-relation.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainAbsence, isOneOf, meant } from '../names.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';

/** What a command for a relation takes beside what every command takes. */
export interface RelationFlags {
  /** `pid,comm`: these columns, in this order. */
  readonly columns?: string;
  /** Those that add a column on request, under the name that commander gives them: `argv`. */
  readonly [option: string]: unknown;
}

/** `plumb RELATION [NAME]`: what the kernel tracks: all of it, or what belongs to one session's processes. */
export async function relation(
  call: Call,
  all: KernelRelation,
  name: string | null,
  flags: RelationFlags,
): Promise<ExitCode> {
  const it = withFlags(all, flags);
  const columns = chooseColumns(it, call, flags.columns ?? null);
  const settings = await settingsOf(call);
  const look = await MachineLook.open({ ...settings, proveAbsence: isOneOf(name === null ? [] : [name]) });
  const { snapshot } = look;
  const isMeant = name === null ? null : meant(snapshot, name);
  const sessions = isMeant && new Set(snapshot.sessions.filter((session) => isMeant(session.name)));
  if (name !== null && sessions?.size === 0) {
    const absence = explainAbsence({ settings, snapshot }, name);
    call.output.problem(absence);
    return absence.exit;
  }
  const rows = await it.rows(look, { sessions, wants: (column) => columns.some((it) => it.name === column) });
  const coverage = look.coverage();
  printRows(call, { name: it.name, columns, rows, snapshot: { ...snapshot, coverage } });
  if (formatOf(call) !== 'json') noteCoverage(call.output, coverage);
  return EXIT.ok;
}

/** With the columns on request whose option is given, or that are named. */
function withFlags(it: KernelRelation, flags: RelationFlags): KernelRelation {
  const named = flags.columns?.split(',').map((word) => word.trim()) ?? [];
  return withRequested(it, ({ name, flag }) => named.includes(name) || flags[(flag ?? '').slice(2)] === true);
}

/**
 * The columns that are told: those that were asked for in their order, or what the format has.
 * @throws {PlumblineError} `usage` for a name that is none
 */
function chooseColumns(it: KernelRelation, call: Call, given: string | null): KernelRelation['columns'] {
  const format = formatOf(call);
  if (given === null && format !== 'table' && format !== 'tsv') return it.columns;
  const names = given === null ? it.shown : given.split(',').map((word) => word.trim());
  return names.map((name) => {
    const column = it.columns.find((one) => one.name === name);
    if (column) return column;
    throw new PlumblineError('usage', `--columns: ${it.name} have no column ${name || 'without a name'}`, {
      hint: `they have ${it.columns.map((one) => one.name).join(', ')}`,
    });
  });
}
