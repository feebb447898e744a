import type { Session } from '../../model/session.ts';
import { type Call, formatOf, isByColumns, type Look, look } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { explainAbsence, isOneOf, meant, nameWord } from '../names.ts';
import { noteCoverage, noteOwnerless, noteSharedLabels, noteUnmatched } from '../notes.ts';
import { toJson } from '../render/json.ts';
import { sessionTable } from '../render/session-table.ts';
import { sessionLines } from '../render/tsv.ts';

/**
 * `plumb list [NAME…]`: every session, or those of the names.
 * @param alone whether it was `plumb` without a word, and a next command should be named
 */
export async function list(call: Call, names: readonly string[], alone = false): Promise<ExitCode> {
  const byColumns = isByColumns(call) ? (await import('../described.ts')).sessionsByColumns(call) : null;
  // Without names nothing is said of the homes that are empty, and nothing has to be proven.
  // Lines have no place for panes and for who has claimed a session, so nobody is asked for them.
  const isShown = formatOf(call) !== 'tsv';
  const needs = byColumns?.needs ?? { panes: isShown, claims: isShown };
  const found = await look(call, { proveAbsence: isOneOf(names), ...needs });
  const { snapshot, settings } = found;
  const called = names.map((name) => meant(found.snapshot, name));
  const wanted = (session: Session) => names.length === 0 || called.some((isMeant) => isMeant(session.name));
  const sessions = snapshot.sessions.filter(wanted);
  if (sessions.length > 0 || names.length === 0 || formatOf(call) === 'json') {
    if (byColumns) byColumns.print(snapshot, sessions);
    else print(call, found, sessions);
  }
  if (formatOf(call) !== 'json') {
    noteCoverage(call.output, snapshot.coverage);
    if (settings.homes.length === 0) noteSharedLabels(call.output, sessions);
  }
  noteUnmatched(call.output, snapshot.unmatchedPatterns);
  if (alone) call.output.note(nextCommand(found));
  return names.length === 0 ? EXIT.ok : answer(call, found, names);
}

function print(call: Call, { snapshot, settings }: Look, sessions: readonly Session[]): void {
  const { output, headings } = call;
  const format = formatOf(call);
  if (format === 'tsv') {
    output.data(sessionLines(sessions));
    noteOwnerless(output, sessions);
  } else if (format === 'json') {
    output.data(toJson(snapshot, { sessions }, output.isTerminal));
  } else if (sessions.length > 0) {
    const width = output.isTerminal ? output.columns : null;
    output.data(sessionTable(sessions, snapshot, { headings, color: output.wantsColor(call.color), width }));
    noteOwnerless(
      output,
      sessions.filter(({ verdict }) => verdict === 'ambiguous'),
    );
  } else {
    output.note(settings.homes.length > 0 ? 'no sessions; plumb homes says why' : 'no terminal is in use');
  }
}

/** What the names ask: is each of them a session with one owner? */
function answer(call: Call, found: Look, names: readonly string[]): ExitCode {
  const codes = names.map((name) => {
    const isMeant = meant(found.snapshot, name);
    const sessions = found.snapshot.sessions.filter((session) => isMeant(session.name));
    if (sessions.some(({ verdict }) => verdict === 'ambiguous')) return EXIT.no;
    if (sessions.some(({ verdict }) => verdict === 'unknown')) return EXIT.blind;
    if (sessions.length > 0) return EXIT.ok;
    const absence = explainAbsence(found, name);
    call.output.problem(absence);
    return absence.exit;
  });
  return worstOf(codes);
}

function nextCommand({ snapshot, settings }: Look): string {
  const first = snapshot.sessions[0];
  const name = first ? nameWord(first.name) : 'NAME';
  if (settings.homes.length > 0) return `next: plumb show ${name}, or plumb homes`;
  return `next: plumb show ${name}, or plumb list --home '/srv/agents/*' --command claude`;
}
