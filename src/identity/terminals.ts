import { isEnding, PF, type ProcessFacts, type ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import { basename, fromUtf8 } from '../model/text.ts';
import { cwdEvidence, inference, livingEvidence, terminalEvidence } from './evidence.ts';
import { displayName, programOf } from './program.ts';
import { aliveSession, type LookContext, ownerlessSession } from './session.ts';

/** A terminal, and the processes that could stand for it, best first. */
export interface TerminalGroup {
  readonly ttyNr: number;
  readonly sid: number;
  readonly members: readonly ProcessStat[];
}

/**
 * Groups processes by their controlling terminal. A terminal belongs to one kernel session, so the session's number
 * tells terminals of the same name in two devpts instances apart.
 * @param own processes that run only because plumb was asked: the terminal's shell stands for them
 */
export function terminalGroups(stats: ReadonlyMap<number, ProcessStat>, own: ReadonlySet<number>): TerminalGroup[] {
  const groups = new Map<string, ProcessStat[]>();
  for (const stat of stats.values()) {
    if (stat.ttyNr === 0 || own.has(stat.pid) || isEnding(stat)) continue;
    const key = `${stat.ttyNr} ${stat.sid}`;
    const members = groups.get(key);
    if (members) members.push(stat);
    else groups.set(key, [stat]);
  }
  return [...groups.values()].map((members) => {
    const { ttyNr, sid } = members[0] as ProcessStat;
    return { ttyNr, sid, members: members.sort((a, b) => rank(a) - rank(b) || byAge(a, b)) };
  });
}

/** The line for one terminal: its foreground process under the last part of its cwd. */
export function terminalSession(facts: ProcessFacts, context: LookContext): Session {
  const program = programOf(facts);
  const evidence = [
    ...livingEvidence(facts, program, null),
    ...terminalEvidence(facts),
    cwdEvidence(facts),
    inference('name', 'the last part of the working directory; no homes are configured, so it is only a label'),
  ];
  const path = facts.cwd?.kind === 'value' ? facts.cwd.value.path : null;
  if (path !== null) {
    const frame = { name: basename(path), home: null, evidence, claimants: [] };
    return aliveSession(frame, { facts, command: displayName(program) }, context);
  }
  const label = fromUtf8(facts.terminal?.name ?? '?');
  const session = ownerlessSession({ name: label, home: null, evidence, claimants: [] }, 'unknown', context);
  return { ...session, terminal: facts.terminal };
}

/**
 * The foreground group's leader, then its other members, then the session's leader, then the rest. A fork that has
 * not started its program yet is a double of its parent, so it stands for a terminal only where nothing else does.
 */
function rank(stat: ProcessStat): number {
  const double = stat.flags & PF.FORKNOEXEC ? 4 : 0;
  if (stat.tpgid > 0 && stat.pgid === stat.tpgid) return double + (stat.pid === stat.pgid ? 0 : 1);
  return double + (stat.pid === stat.sid ? 2 : 3);
}

function byAge(a: ProcessStat, b: ProcessStat): number {
  return a.startTimeTicks < b.startTimeTicks ? -1 : a.startTimeTicks > b.startTimeTicks ? 1 : a.pid - b.pid;
}
