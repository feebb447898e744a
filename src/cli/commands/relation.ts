import { MachineLook } from '../../look/machine-look.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { KernelRelation } from '../../relations/kernel-relation.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainAbsence, isOneOf, meant } from '../names.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';

/** What a command for a relation takes beside what every command takes. */
export interface RelationFlags {
  /** `pid,comm`: these columns, in this order. */
  readonly columns?: string;
  /** The same as the name behind the command. */
  readonly session?: string;
  /** The relation's own, by their names. */
  readonly [option: string]: string | boolean | undefined;
}

/** `plumb RELATION [NAME]`: what the kernel tracks: all of it, or what belongs to one session's processes. */
export async function relation(
  call: Call,
  asked: KernelRelation,
  typed: string | null,
  flags: RelationFlags,
): Promise<ExitCode> {
  const it = asked.instead && flags[asked.instead.option] !== undefined ? asked.instead.relation : asked;
  const name = oneName(typed, flags.session ?? null);
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
  const { columns: _columns, session: _session, ...options } = flags;
  const wants = (column: string) => columns.some((one) => one.name === column);
  const rows = await it.rows(look, { sessions, wants, options: given(options) });
  const coverage = look.coverage();
  printRows(call, { name: it.name, columns, rows, snapshot: { ...snapshot, coverage } });
  if (formatOf(call) !== 'json') noteCoverage(call.output, coverage);
  // The relation has been checked with its rows where it was described.
  const answer = it.answer?.(rows as never) ?? 'yes';
  return name === null ? EXIT.ok : EXIT_OF_ANSWER[answer];
}

/** Of all sessions together there is no one answer. */
const EXIT_OF_ANSWER = { yes: EXIT.ok, no: EXIT.no, unknown: EXIT.blind } as const;

/** @throws {PlumblineError} `usage` where two sessions are named */
function oneName(typed: string | null, session: string | null): string | null {
  if (typed === null || session === null || typed === session) return typed ?? session;
  throw new PlumblineError('usage', `two sessions are named: ${typed}, and --session ${session}`, {
    hint: 'name one of them',
  });
}

function given(options: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean> {
  const entries = Object.entries(options).filter(
    (entry): entry is [string, string | boolean] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
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
