import type { Settings } from '../../config/settings.ts';
import type { ActivityState, ToldActivity } from '../../model/activity.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Session } from '../../model/session.ts';
import { shellWord } from '../../model/shell-word.ts';
import type { BystanderRole, HomeReport } from '../../model/snapshot.ts';
import { toBytes } from '../../model/text.ts';
import { ACTIVITY } from '../../relations/activity.ts';
import { HOMES } from '../../relations/homes.ts';
import { SESSIONS } from '../../relations/sessions.ts';
import { toWire, type WireObject } from '../../relations/wire.ts';
import { type Call, formatOf, type Look, settingsOf } from '../call.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts';
import { explainAbsence, isOneOf, meant } from '../names.ts';
import { noteCoverage } from '../notes.ts';
import { formatAge, formatSeconds } from '../render/age.ts';
import { escapeCell, escapeMessage } from '../render/escape.ts';
import { renderEvidence } from '../render/evidence.ts';
import { answerJson } from '../render/json.ts';

/** What stands in a home instead of a session, in words. */
const INSTEAD: Readonly<Record<BystanderRole, string>> = {
  launcher: 'a launcher',
  visitor: 'a visitor',
  leftover: 'a leftover',
  other_program: 'another program',
  detached: 'a process without a terminal',
  dying: 'a dying process',
  zombie: 'a zombie',
  forked: 'a fork',
  home_deleted: 'a process whose home is gone',
  own: 'plumb itself',
};

/** `plumb show NAME`: a session with its evidence, or what was looked at and what is there instead. */
export async function show(call: Call, name: string): Promise<ExitCode> {
  const { MachineLook, ...sections } = await import('../described.ts');
  const settings = await settingsOf(call);
  const options = { explain: true, proveAbsence: isOneOf([name]), panes: true, claims: true };
  const look = await MachineLook.open({ ...settings, ...options });
  const { snapshot } = look;
  const found = { settings, snapshot };
  const { output } = call;
  const isMeant = meant(snapshot, name);
  const sessions = snapshot.sessions.filter((session) => isMeant(session.name));
  const homes = snapshot.homes.filter((home) => isMeant(home.name));
  const width = output.isTerminal ? output.columns : null;
  const { activitiesOf } = await import('./rare.ts');
  const activities = await activitiesOf(sessions, found.settings.commands);
  if (formatOf(call) === 'json') {
    const related: Record<string, WireObject[] | null> = {};
    for await (const section of sections.readSections(look, new Set(sessions))) {
      related[section.relation.name] = sections.sectionWire(section);
      if (section.problem !== null) output.note(`${section.relation.name}: ${section.problem}`);
    }
    const content = {
      sessions: sessions.map((it) => ({ ...toWire(SESSIONS, it), activity: activityWire(activities.get(it)) })),
      homes: homes.map((home) => toWire(HOMES, home)),
      ...related,
    };
    output.data(answerJson({ ...snapshot, coverage: look.coverage() }, content, output.isTerminal));
  } else {
    const shown = sessions.map((session) => {
      return describeSession(session, snapshot.observedAt, width) + describeActivity(activities.get(session), width);
    });
    const empty = homes.filter(({ session }) => session === null).map((home) => describeEmpty(home, found, width));
    output.data([...shown, ...empty].join('\n'));
    const [session] = sessions;
    if (session) {
      const color = output.wantsColor(call.color);
      for await (const section of sections.readSections(look, new Set(sessions))) {
        output.data(sections.describeSection(section, { session, width, color }));
      }
    }
    noteCoverage(output, look.coverage(), { command: 'show' });
  }
  if (sessions.length > 0) return worstOf(sessions.map(exitOf));
  const absence = explainAbsence(found, name);
  // What is in an empty home has just been said, better than one line can.
  if (homes.length === 0 || formatOf(call) === 'json') output.problem(absence);
  return absence.exit;
}

function exitOf({ verdict }: Session): ExitCode {
  if (verdict === 'ambiguous') return EXIT.no;
  return verdict === 'unknown' ? EXIT.blind : EXIT.ok;
}

function describeSession(session: Session, now: Date, width: number | null): string {
  return `${escapeCell(session.name)} is ${headline(session, now)}\n${renderEvidence(session.evidence, width)}`;
}

/** In its own paragraph, and in words that say what it is: an inference. */
const SEEMS: Readonly<Record<ActivityState, string>> = {
  busy: 'it seems busy',
  idle: 'it seems idle',
  waiting_for_input: 'it seems to wait for input',
  stopped: 'it is stopped',
  unknown: 'what it is doing is unknown',
};

function describeActivity(activity: ToldActivity | undefined, width: number | null): string {
  if (!activity) return '';
  const { state, reason, idleSeconds, evidence } = activity;
  const idle = idleSeconds === null ? '' : `; its terminal was last used ${formatSeconds(idleSeconds)} ago`;
  // The first line of its evidence is the same inference.
  return `${SEEMS[state]}: ${escapeMessage(reason)}${idle}\n${renderEvidence(evidence.slice(1), width)}`;
}

function activityWire(activity: ToldActivity | undefined): WireObject | null {
  return activity ? toWire(ACTIVITY, activity) : null;
}

function headline({ verdict, pid, command, terminal, startedAt, cwd, claimants }: Session, now: Date): string {
  const where = terminal ? `on ${terminal.name}` : 'without a terminal';
  if (verdict === 'ambiguous') return `ambiguous: ${claimants.length} processes claim it`;
  if (verdict !== 'alive') return `${verdict}: what runs ${where} could not be seen`;
  const what = command ? ` (${escapeCell(command)})` : '';
  const age = startedAt ? ` for ${formatAge(startedAt, now)}` : '';
  return `alive: pid ${pid}${what} ${where}${age}${cwd ? `, in ${escapeCell(cwd)}` : ''}`;
}

/** A home without a session: the same kind of lines, so that each can be checked as well. */
function describeEmpty(home: HomeReport, { settings }: Look, width: number | null): string {
  const name = escapeCell(home.name);
  const title = home.verdict === 'none' ? `${name} has no session` : `whether ${name} has a session is unknown`;
  const isTold = home.verdict === 'none' && home.bystanders.length > 0;
  return `${title}${isTold ? '' : `: ${escapeMessage(home.reason)}`}\n${renderEvidence(looks(home, settings), width)}`;
}

function looks(home: HomeReport, settings: Settings): Evidence[] {
  return [
    {
      fact: 'the home',
      value: home.id ? `${escapeCell(home.path)} is ${home.id.dev}:${home.id.ino}` : home.reason,
      source: 'dev:ino',
      check: `stat -Lc %d:%i ${shellWord(toBytes(home.path))}`,
    },
    {
      fact: 'a session would be',
      value: settings.commands ? settings.commands.join(' or ') : 'any program on a terminal',
      source: settings.commands ? 'commands' : 'no commands are configured',
      check: null,
    },
    ...home.bystanders.map(({ pid, command, terminal, role, reason }) => ({
      fact: `there is ${INSTEAD[role]}`,
      value: `${pid} (${escapeCell(command)})${terminal ? ` on ${terminal.name}` : ''}: ${reason}`,
      source: `cwd of ${pid}`,
      check: `readlink /proc/${pid}/cwd`,
    })),
  ];
}
