import { CoverageLog } from '../kernel/coverage.ts';
import { withProcess } from '../kernel/procfs.ts';
import { Terminals } from '../kernel/terminals.ts';
import type { Evidence } from '../model/evidence.ts';
import { value, valueOrNull } from '../model/outcome.ts';
import { type Pane, paneWord } from '../model/pane.ts';
import type { ProcessStat } from '../model/process.ts';
import type { PanesSeen, SeenPane } from '../model/seen-pane.ts';
import { shellWord } from '../model/shell-word.ts';
import { toBytes } from '../model/text.ts';
import type { Why } from '../model/why.ts';
import type { MachineLook } from './machine-look.ts';
import { answerOf } from './why-answer.ts';
import { whyProcesses } from './why-process.ts';

/** What is looked at to find a pane: all panes, and the look that tells processes. */
interface Seen {
  readonly look: MachineLook;
  readonly panes: PanesSeen;
}

/**
 * From a pane to what runs on its terminal, and on terminals within that one.
 *
 * Needs: what `observePanes` needs, and same uid or CAP_SYS_PTRACE to tell two terminals of one number apart
 * @param asked `%7`, `work:1.0`, or both as `plumb list` prints them
 */
export function whyPane({ look, panes }: Seen, asked: string): Why {
  const found = panes.panes.filter(({ pane }) => namesOf(pane).includes(asked));
  const processes = whyProcesses(
    look,
    found.flatMap((pane) => rolesIn(look, pane)),
  );
  const silent = panes.servers.filter(({ unlistedBecause }) => unlistedBecause !== null);
  const none =
    found.length === 0
      ? `there is no pane ${asked}`
      : found.every(({ dead }) => dead)
        ? `the program in pane ${asked} has ended`
        : null;
  const [first] = silent;
  return answerOf(look, {
    kind: 'pane',
    asked,
    says: (names) => `pane ${asked} shows ${names}`,
    evidence: found.flatMap(paneEvidence),
    processes,
    nothing: none ?? (processes.length === 0 ? `no process is seen on the terminal of pane ${asked}` : null),
    unseen:
      found.length === 0 && first
        ? `${first.multiplexer} ${first.pid} has not told its panes: ${first.unlistedBecause}`
        : found.some(({ terminal, dead }) => terminal === null && !dead)
          ? 'which terminal it shows'
          : null,
  });
}

function namesOf(pane: Pane): string[] {
  const { id, address, alsoAt } = pane;
  return [...(id === null ? [] : [id]), ...[address, paneWord(pane), ...alsoAt].map(({ text }) => text)];
}

function paneEvidence({ pane, terminal, dead }: SeenPane): Evidence[] {
  const { server, multiplexer, id, address } = pane;
  const shown = terminal ? terminal.name : dead ? 'nothing: its program has ended' : 'a terminal that is not known';
  const socket = shellWord(server.socket);
  const target = shellWord(id === null ? toBytes(address) : id);
  const check =
    multiplexer === 'tmux'
      ? `tmux -S ${socket} display-message -p -t ${target} '#{pane_tty} #{pane_pid}'`
      : 'plumb panes';
  return [
    { fact: `${multiplexer} ${server.pid} shows in ${paneWord(pane).text}`, value: shown, source: multiplexer, check },
  ];
}

function rolesIn(look: MachineLook, seen: SeenPane) {
  const { terminal, pane, sessions } = seen;
  if (terminal === null) return [];
  const terminals = new Terminals(look.machine.procfs, new CoverageLog());
  const on = [...look.stats.values()].filter((stat) => isOn(look, terminals, stat, seen));
  const roles = on.map((stat) => {
    const isFront = stat.tpgid > 0 && stat.pgid === stat.tpgid;
    const role = `is on its terminal, ${terminal.name}${isFront ? ', in the foreground' : ''}`;
    const source = `/proc/${stat.pid}/stat fields 5, 7, 8`;
    const value = `${terminal.name}, process group ${stat.pgid}, foreground group ${stat.tpgid}`;
    const check = `ps -o tty=,pgid=,tpgid= -p ${stat.pid}`;
    return [stat, { role, evidence: [{ fact: `${stat.pid} ${role}`, value, source, check }] }] as const;
  });
  const names = new Set(sessions.map((name) => toBytes(name)));
  const within = look.snapshot.sessions.flatMap((session) => {
    const owner = session.pid === null ? undefined : look.stats.get(session.pid);
    if (!owner || on.includes(owner) || !names.has(toBytes(session.name))) return [];
    const role = `is on ${session.terminal?.name ?? 'a terminal'}, which is shown within it`;
    const check = `plumb panes | grep -F ${shellWord(pane.server.socket)}`;
    return [
      [owner, { role, evidence: [{ fact: `${owner.pid} ${role}`, value: '', source: 'panes', check }] }] as const,
    ];
  });
  return [...roles, ...within];
}

/** Host and container both have a pts/0: the devpts instance tells them apart, or, where it is not seen, the first process. */
function isOn(look: MachineLook, terminals: Terminals, stat: ProcessStat, { terminal, pane }: SeenPane): boolean {
  if (stat.ttyNr === 0 || terminal === null) return false;
  const found = withProcess(look.machine.procfs, stat.pid, (held) => value(terminals.of(held, stat.ttyNr).terminal));
  const own = valueOrNull(found);
  if (own === null || own.index !== terminal.index) return false;
  if (terminal.dev !== null && own.dev !== null) return own.dev === terminal.dev;
  return pane.firstPid !== null && stat.sid === pane.firstPid;
}
