import { MachineLook } from '../../look/machine-look.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { Session } from '../../model/session.ts';
import type { Joined } from '../../model/session-tag.ts';
import { type KernelRelation, optionName, withRequested } from '../../relations/kernel-relation.ts';
import { answering } from '../../relations/read-relation.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { chooseColumns } from '../columns.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { hidesRowsOf } from '../gaps.ts';
import { explainAbsence, isOneOf, meant } from '../names.ts';
import { describeAmbiguous, noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';
import { answerJson } from '../render/json.ts';

/** What a command for a relation takes beside what every command takes. */
export interface RelationFlags {
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
  // Whoever names columns can name any.
  const it = withRequested(answering(asked, flags), ({ flag }) => call.columns !== null || isGiven(flags, flag));
  const name = oneName(typed, flags.session ?? null);
  const columns = chooseColumns(call, it);
  const { output } = call;
  const settings = await settingsOf(call);
  const look = await MachineLook.open({ ...settings, proveAbsence: isOneOf(name === null ? [] : [name]) });
  const { snapshot } = look;
  const isMeant = name === null ? null : meant(snapshot, name);
  const sessions = isMeant && new Set(snapshot.sessions.filter((session) => isMeant(session.name)));
  if (name !== null && sessions?.size === 0) {
    const absence = explainAbsence({ settings, snapshot }, name);
    output.problem(absence);
    return absence.exit;
  }
  const wanted = new Set(columns.map((column) => column.name.split('.')[0]));
  const { columns: _columns, session: _session, ...options } = flags;
  const rows = await it.rows(look, { sessions, wants: (column) => wanted.has(column), options: given(options) });
  const coverage = look.coverage();
  printRows(call, {
    columns,
    rows,
    none: name === null ? (it.none ?? `there are no ${it.name}`) : `${name} has no ${it.name} that could be seen`,
    answer: (all) => answerJson({ ...snapshot, coverage }, { [it.name]: all }, output.isTerminal),
  });
  for (const session of sessions ?? []) if (session.verdict === 'ambiguous') output.note(describeAmbiguous(session));
  if (formatOf(call) !== 'json') noteCoverage(output, coverage, { command: asked.name });
  const isCheck = asked.options?.some((option) => option.isCheck && flags[optionName(option)] !== undefined) ?? false;
  if (isCheck && rows.length > 0) return EXIT.no;
  if (sessions !== null) return exitOfSessions(look, it, { sessions, rows });
  return isCheck && !coverage.complete ? EXIT.blind : EXIT.ok;
}

/** Whether the option that adds it was given: `--argv` is named `argv`. */
function isGiven(flags: RelationFlags, flag = ''): boolean {
  return flags[flag.slice('--'.length)] === true;
}

/** @throws {PlumblineError} `usage` where two sessions are named */
function oneName(typed: string | null, session: string | null): string | null {
  if (typed === null || session === null || typed === session) return typed ?? session;
  throw new PlumblineError('usage', `two sessions are named: ${typed}, and --session ${session}`, {
    hint: 'name one of them',
  });
}

const EXIT_OF_ANSWER = { yes: EXIT.ok, no: EXIT.no, unknown: EXIT.blind } as const;

function exitOfSessions(
  look: MachineLook,
  it: KernelRelation,
  { sessions, rows }: { readonly sessions: ReadonlySet<Session>; readonly rows: readonly Joined[] },
): ExitCode {
  // The relation has been checked with its rows where it was described: only their type is forgotten since.
  if (it.answer !== null) return EXIT_OF_ANSWER[it.answer(rows as never)];
  return worstOf([...sessions].map((session) => exitOf(look, session, rows.length > 0)));
}

/**
 * What belongs to one session is an answer where its own processes could be looked into, and none only where no other
 * process can be its own unseen. What is denied of those that are somebody else's is nothing of it.
 */
function exitOf(look: MachineLook, session: Session, hasRows: boolean): ExitCode {
  // What several claim is nobody's yet: the rows are of all of them.
  if (session.verdict === 'ambiguous') return EXIT.no;
  if (session.verdict === 'unknown' || hidesRowsOf(look, new Set([session]))) return EXIT.blind;
  return hasRows || look.snapshot.coverage.complete ? EXIT.ok : EXIT.blind;
}

function given(options: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean> {
  const entries = Object.entries(options).filter(
    (entry): entry is [string, string | boolean] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
