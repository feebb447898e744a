import { MachineLook } from '../../look/machine-look.ts';
import type { Session } from '../../model/session.ts';
import type { KernelRelation } from '../../relations/kernel-relation.ts';
import { type Call, formatOf, settingsOf } from '../call.ts';
import { chooseColumns } from '../columns.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { hidesRowsOf } from '../gaps.ts';
import { explainAbsence, isOneOf, meant } from '../names.ts';
import { noteCoverage } from '../notes.ts';
import { printRows } from '../print-rows.ts';
import { answerJson } from '../render/json.ts';

/** `plumb RELATION [NAME]`: what the kernel tracks: all of it, or what belongs to one session's processes. */
export async function relation(call: Call, it: KernelRelation, name: string | null): Promise<ExitCode> {
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
  const rows = await it.rows(look, { sessions, wants: (column) => wanted.has(column) });
  const coverage = look.coverage();
  printRows(call, {
    columns,
    rows,
    none: name === null ? `there are no ${it.name}` : `${name} has no ${it.name} that could be seen`,
    answer: (all) => answerJson({ ...snapshot, coverage }, { [it.name]: all }, output.isTerminal),
  });
  if (formatOf(call) !== 'json') noteCoverage(output, coverage);
  return sessions === null ? EXIT.ok : worstOf([...sessions].map((session) => exitOf(look, session, rows.length > 0)));
}

/** What belongs to one session is an answer where its own processes could be looked into, and none only where all could. */
function exitOf(look: MachineLook, session: Session, hasRows: boolean): ExitCode {
  if (session.verdict === 'unknown' || hidesRowsOf(look, new Set([session]))) return EXIT.blind;
  return hasRows || look.coverage().complete ? EXIT.ok : EXIT.blind;
}
