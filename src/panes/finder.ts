import { describeUnfound, Masters } from '../kernel/masters.ts';
import { readStat } from '../kernel/process-stat.ts';
import type { Procfs } from '../kernel/procfs.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { PaneSight, TerminalLink } from '../model/pane.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { Terminal } from '../model/terminal.ts';
import { toBytes } from '../model/text.ts';
import type { ListedPane } from './multiplexer.ts';
import { isCalledServer } from './multiplexers.ts';
import { isRelay } from './relays.ts';
import { type AskOptions, type KnownServer, PaneServers } from './servers.ts';

/** Terminals within terminals further than this are not followed. */
const MOST_LINKS = 16;

/** A process on a terminal, mostly a session's. */
export type OnTerminal = Pick<Session, 'pid' | 'startTimeTicks' | 'terminal'>;

/** Where a terminal is shown, and the pane as its server lists it. */
export type Found = PaneSight & { readonly listed: ListedPane | null };

/**
 * Finds the panes of terminals, in one look: each server is asked once, however many of its panes are wanted.
 * From a terminal to the process that holds its master, from there to that one's own terminal where it is one that shows
 * it there (sudo and script open terminals of their own), and so on until a multiplexer holds it.
 */
export class PaneFinder {
  /** The servers that are asked. */
  readonly servers: PaneServers;
  readonly #procfs: Procfs;
  readonly #masters: Masters;

  constructor(options: AskOptions) {
    this.#procfs = options.procfs;
    this.servers = new PaneServers(options);
    this.#masters = new Masters(options.procfs);
  }

  /** Where a process's terminal is shown, if it was on it all the time; null where it has no terminal. */
  async find({ pid, startTimeTicks, terminal }: OnTerminal): Promise<Found | null> {
    if (pid === null || terminal === null) return null;
    const before = this.#statOf(pid);
    const isThere = (stat: ProcessStat | null) => {
      return stat !== null && stat.startTimeTicks === startTimeTicks && stat.ttyNr === terminal.ttyNr;
    };
    const found = before && isThere(before) ? await this.#outward(terminal, before) : null;
    // A terminal's number is given again when nobody has it open: the process has kept it open until now.
    if (found !== null && isThere(this.#statOf(pid)) && this.#areSame(found.links)) return found;
    const why = 'it changed while it was looked at';
    return { kind: 'unknown', why, links: found?.links ?? [], listed: null };
  }

  async #outward(from: Terminal, member: ProcessStat): Promise<Found> {
    const links: TerminalLink[] = [];
    if (from.index === null) return nowhere('none', `${from.name} is no pseudo-terminal`, links);
    let [terminal, leader] = [from, member.sid];
    while (links.length < MOST_LINKS) {
      const master = this.#masters.of(terminal, leader);
      if (master.kind !== 'held') return this.#withoutMaster(terminal, leader, links, describeUnfound(master));
      const { holder } = master;
      links.push({ terminal, holder });
      const known = this.servers.at(holder.pid);
      if (known && 'server' in known) return this.#paneOf(known, terminal, links);
      const holds = `${terminal.name} is held by ${holder.name.text} (${holder.pid})`;
      if (known) return nowhere('unknown', `${holds}: ${known.silence}`, links);
      if (isCalledServer(toBytes(holder.name))) return nowhere('unknown', `${holds}, which listens nowhere`, links);
      if (holder.terminal === null) return nowhere('none', `${holds}, which has no terminal`, links);
      if (!isRelay(toBytes(holder.name))) {
        return nowhere('unknown', `${holds}, and whether that shows it on ${holder.terminal.name} is not known`, links);
      }
      if (holder.terminal.index === null) return nowhere('none', `${holds} on ${holder.terminal.name}`, links);
      const stat = this.#statOf(holder.pid);
      if (stat === null) return nowhere('unknown', `${holds}, which has ended`, links);
      [terminal, leader] = [holder.terminal, stat.sid];
    }
    return nowhere('unknown', `${from.name} lies in more than ${MOST_LINKS} terminals`, links);
  }

  /** Whose descriptors may not be read may still be known as a server, by the child that it has on the terminal. */
  async #withoutMaster(terminal: Terminal, leader: number, links: TerminalLink[], why: string): Promise<Found> {
    const parent = this.#statOf(leader)?.ppid ?? 0;
    const known = parent > 1 ? this.servers.at(parent) : null;
    const said = `who holds ${terminal.name} is unknown: ${why}`;
    if (!known || !('server' in known)) return nowhere('unknown', said, links);
    const found = await this.#paneOf(known, terminal, links);
    return found.kind === 'pane' && found.pane.firstPid === leader ? found : nowhere('unknown', said, links);
  }

  async #paneOf(known: KnownServer, terminal: Terminal, links: TerminalLink[]): Promise<Found> {
    const { server, multiplexer } = known;
    const listing = await this.servers.list(known);
    const who = `${multiplexer.name} (${server.pid})`;
    if ('silence' in listing) return nowhere('unknown', `${who} does not list its panes: ${listing.silence}`, links);
    const listed = listing.panes.find((it) => it.ttyIndex === terminal.index);
    if (listed) return { kind: 'pane', pane: listed.pane, links, listed };
    return nowhere('unknown', `${who} holds ${terminal.name} and lists no pane for it`, links);
  }

  #statOf(pid: number): ProcessStat | null {
    return valueOrNull(readStat(this.#procfs, pid));
  }

  #areSame(links: readonly TerminalLink[]): boolean {
    return links.every(({ holder }) => {
      const stat = this.#statOf(holder.pid);
      return stat?.startTimeTicks === holder.startTimeTicks && stat.ttyNr === (holder.terminal?.ttyNr ?? 0);
    });
  }
}

function nowhere(kind: 'none' | 'unknown', why: string, links: readonly TerminalLink[]): Found {
  return { kind, why, links, listed: null };
}
