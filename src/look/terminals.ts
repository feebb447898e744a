import { allMasters, type HeldPseudoTerminal, soleHolder } from '../kernel/all-masters.ts';
import { loadTty, type TtyCalls } from '../kernel/native/tty.ts';
import { ownPseudoTerminals } from '../kernel/own-devpts.ts';
import { ptsTtyNr } from '../kernel/parse/tty-nr.ts';
import { type TerminalMembers, terminalsWithMembers } from '../kernel/terminal-members.ts';
import { Terminals } from '../kernel/terminals.ts';
import { PlumblineError } from '../model/errors.ts';
import { paneWord } from '../model/pane.ts';
import { isLive, type ProcessStat } from '../model/process.ts';
import { ownersFirst } from '../model/session-tag.ts';
import type { Terminal } from '../model/terminal.ts';
import type { TerminalEntry } from '../model/terminal-entry.ts';
import type { RunClient } from '../panes/client.ts';
import type { Ask, MachineLook } from './machine-look.ts';

/** What takes a call that Node lacks. */
const OF_QUEUE = ['unread_bytes', 'canonical', 'echo', 'isig'];
const OF_HOLDER = ['holder_pid', 'holder_comm', 'holders'];

/**
 * Every terminal that can be seen: those of our own devpts instance, those that processes are on, and those whose master
 * somebody holds, in whichever instance.
 *
 * Needs: same uid or CAP_SYS_PTRACE to tell who holds a terminal and in which instance it is; koffi for what waits in it;
 *        what may not be seen is in the coverage
 */
export async function readTerminals(look: MachineLook, ask: Ask): Promise<TerminalEntry[]> {
  const { machine, stats, log } = look;
  const { procfs, files } = machine;
  const terminals = new Terminals(procfs, log);
  const tty = OF_QUEUE.some(ask.wants) && machine.isLive ? await ttyCalls() : null;
  const all = ask.sessions === null;
  // A terminal without a process on it belongs to no session.
  const members = all ? stats.values() : withNeighbours(look.processesOf(ask.sessions), stats);
  const places = new Map<string, TerminalMembers>();
  for (const it of terminalsWithMembers(members, { procfs, terminals, log, tty })) places.set(keyOf(it), it);
  const held = all || OF_HOLDER.some(ask.wants) ? allMasters(procfs, stats, log) : [];
  if (all) {
    for (const { ttyNr, dev, index, times } of ownPseudoTerminals(files)) {
      const place = unused({ name: `pts/${index}`, ttyNr, dev, index });
      if (!places.has(keyOf(place))) places.set(keyOf(place), { ...place, times });
    }
    for (const { dev, index } of held) {
      const place = unused({ name: `pts/${index}`, ttyNr: ptsTtyNr(index), dev, index });
      if (!places.has(keyOf(place))) places.set(keyOf(place), place);
    }
  }
  const holdersOf = byTerminal(held);
  const entries = [...places.values()].map((place) => entryOf(place, holdersOf(place.terminal), look));
  return ask.wants('pane') && machine.isLive ? withTerminalPanes(entries, look) : entries;
}

/** Where koffi does not load, what waits in a terminal is not known. */
async function ttyCalls(): Promise<TtyCalls | null> {
  try {
    return await loadTty();
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'unsupported_platform') return null;
    throw error;
  }
}

/** With all that is on the same terminals: the leader of a terminal is mostly a shell, which belongs to no session. */
function withNeighbours(some: readonly ProcessStat[], stats: ReadonlyMap<number, ProcessStat>): ProcessStat[] {
  const sids = new Set(some.filter(({ ttyNr }) => ttyNr !== 0).map(({ sid }) => sid));
  return [...stats.values()].filter(({ sid }) => sids.has(sid));
}

/** One whose instance may not be seen is told apart by the kernel session that is on it. */
function keyOf({ terminal, members }: TerminalMembers): string {
  const { dev, index, ttyNr } = terminal;
  if (index === null) return `tty ${ttyNr}`;
  return dev === null ? `session ${members[0]?.sid} on ${ttyNr}` : `${dev}:${index}`;
}

function unused(terminal: Terminal): TerminalMembers {
  return { terminal, times: null, queue: { unreadBytes: null, mode: null }, members: [] };
}

function byTerminal(held: readonly HeldPseudoTerminal[]): (terminal: Terminal) => HeldPseudoTerminal['holders'] {
  const byKey = new Map(held.map((it) => [`${it.dev}:${it.index}`, it.holders]));
  return ({ dev, index }) => byKey.get(`${dev}:${index}`) ?? [];
}

function entryOf(
  { terminal, times, queue, members }: TerminalMembers,
  holders: HeldPseudoTerminal['holders'],
  look: MachineLook,
): TerminalEntry {
  const leader = members.find(({ pid, sid }) => pid === sid) ?? null;
  const told = (leader ?? members[0])?.tpgid ?? 0;
  // From a pid namespace below, all groups that have begun outside of it have the number 0.
  const group = told > 0 ? told : null;
  const inFront = members.filter((it) => it.pgid === group && isLive(it)).sort((a, b) => a.pid - b.pid);
  return {
    terminal,
    times,
    queue,
    // A pseudo-terminal is there only for as long as somebody holds it.
    holders: terminal.index !== null && holders.length === 0 ? null : holders,
    holder: soleHolder(holders, look.stats),
    leader,
    foregroundGroup: group,
    foreground: inFront.find(({ pid }) => pid === group) ?? inFront[0] ?? null,
    pane: null,
    sessions: ownersFirst(members.map((stat) => look.tagOf(stat))),
  };
}

/**
 * The same terminals with the pane that shows each, as the column `pane` tells it. Multiplexers are loaded, and their clients
 * run, only where panes are asked for.
 */
export async function withTerminalPanes(
  entries: readonly TerminalEntry[],
  { machine }: MachineLook,
  run: RunClient | null = null,
): Promise<TerminalEntry[]> {
  const [{ PaneFinder }, { runClient }] = await Promise.all([
    import('../panes/finder.ts'),
    import('../panes/client.ts'),
  ]);
  const finder = new PaneFinder({ procfs: machine.procfs, run: run ?? runClient });
  return Promise.all(
    entries.map(async (entry) => {
      const { leader, terminal } = entry;
      if (leader === null) return entry;
      const { pid, startTimeTicks } = leader;
      const sight = await finder.find({ pid, startTimeTicks, terminal });
      return sight?.kind === 'pane' ? { ...entry, pane: paneWord(sight.pane) } : entry;
    }),
  );
}
