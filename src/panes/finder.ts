import { parseOutcome } from '../kernel/attempt.ts';
import { describeUnfound, Masters } from '../kernel/masters.ts';
import { parseProcStat } from '../kernel/parse/proc-stat.ts';
import type { Procfs } from '../kernel/procfs.ts';
import { readServer, terminalChildren } from '../kernel/servers.ts';
import { valueOrNull } from '../model/outcome.ts';
import type { PaneServer, PaneSight, TerminalLink } from '../model/pane.ts';
import type { ProcessStat } from '../model/process.ts';
import type { Session } from '../model/session.ts';
import type { Terminal } from '../model/terminal.ts';
import type { RunClient } from './client.ts';
import type { ListedPane, Listing, Multiplexer } from './multiplexer.ts';
import { MULTIPLEXERS } from './multiplexers.ts';

/** Terminals within terminals further than this are not followed. */
const MOST_LINKS = 16;

/** What is needed to ask multiplexers. */
export interface FinderOptions {
  readonly procfs: Procfs;
  readonly run: RunClient;
  readonly signal?: AbortSignal | undefined;
}

/** Where a terminal is shown, and the pane as its server lists it. */
export type Found = PaneSight & { readonly listed: ListedPane | null };

/** A server with the multiplexer that it belongs to. */
interface KnownServer {
  readonly multiplexer: Multiplexer;
  readonly server: PaneServer;
}

/**
 * Finds the panes of terminals, in one look: each server is asked once, however many of its panes are wanted.
 * From a terminal to the process that holds its master, from there to that one's own terminal (sudo and script open
 * terminals of their own), and so on until a multiplexer holds it.
 */
export class PaneFinder {
  readonly #options: FinderOptions;
  readonly #masters: Masters;
  readonly #listings = new Map<number, Promise<Listing>>();
  readonly #servers = new Map<number, KnownServer | null>();

  constructor(options: FinderOptions) {
    this.#options = options;
    this.#masters = new Masters(options.procfs);
  }

  /** Where a session's terminal is shown, if its process was on it all the time; null where it has no terminal. */
  async find(session: Session): Promise<Found | null> {
    const { pid, startTimeTicks, terminal } = session;
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

  /** Every server that is in the list of processes, with its panes. */
  async servers(pids: readonly number[]): Promise<{ readonly server: PaneServer; readonly listing: Listing }[]> {
    const known = pids.flatMap((pid) => {
      const comm = this.#statOf(pid)?.comm;
      const mayBe = comm !== undefined && MULTIPLEXERS.some((it) => it.mayBe(comm));
      return mayBe ? (this.#serverAt(pid) ?? []) : [];
    });
    return Promise.all(known.map(async (it) => ({ server: it.server, listing: await this.#list(it) })));
  }

  async #outward(from: Terminal, member: ProcessStat): Promise<Found> {
    const links: TerminalLink[] = [];
    let [terminal, leader] = [from, member.sid];
    while (links.length < MOST_LINKS) {
      const master = this.#masters.of(terminal, leader);
      if (master.kind !== 'held') return this.#withoutMaster(terminal, leader, links, describeUnfound(master));
      const { holder } = master;
      links.push({ terminal, holder });
      const known = this.#serverAt(holder.pid);
      if (known) return this.#paneOf(known, terminal, links);
      const holds = `${terminal.name} is held by ${holder.name.text} (${holder.pid})`;
      if (holder.terminal === null) return nowhere('none', `${holds}, which has no terminal`, links);
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
    const known = parent > 1 ? this.#serverAt(parent) : null;
    const said = `who holds ${terminal.name} is unknown: ${why}`;
    if (!known) return nowhere('unknown', said, links);
    const found = await this.#paneOf(known, terminal, links);
    return found.kind === 'pane' && found.pane.firstPid === leader ? found : nowhere('unknown', said, links);
  }

  async #paneOf(known: KnownServer, terminal: Terminal, links: TerminalLink[]): Promise<Found> {
    const { server, multiplexer } = known;
    const listing = await this.#list(known);
    const who = `${multiplexer.name} (${server.pid})`;
    if ('silence' in listing) return nowhere('unknown', `${who} does not list its panes: ${listing.silence}`, links);
    // A dead pane still names the terminal that it had.
    const listed = listing.panes.find((it) => it.ttyIndex === terminal.index && !it.dead);
    if (listed) return { kind: 'pane', pane: listed.pane, links, listed };
    return nowhere('unknown', `${who} holds ${terminal.name} and lists no pane for it`, links);
  }

  #list({ multiplexer, server }: KnownServer): Promise<Listing> {
    const { procfs, run, signal } = this.#options;
    let listing = this.#listings.get(server.pid);
    if (!listing) {
      listing = multiplexer.list(server, { run, signal, children: () => terminalChildren(procfs, server.pid) });
      this.#listings.set(server.pid, listing);
    }
    return listing;
  }

  #serverAt(pid: number): KnownServer | null {
    let known = this.#servers.get(pid);
    if (known === undefined) {
      known = serverAt(this.#options.procfs, pid);
      this.#servers.set(pid, known);
    }
    return known;
  }

  #statOf(pid: number): ProcessStat | null {
    return valueOrNull(parseOutcome(this.#options.procfs.readStat(pid), parseProcStat));
  }

  #areSame(links: readonly TerminalLink[]): boolean {
    return links.every(({ holder }) => {
      const stat = this.#statOf(holder.pid);
      return stat?.startTimeTicks === holder.startTimeTicks && stat.ttyNr === (holder.terminal?.ttyNr ?? 0);
    });
  }
}

function serverAt(procfs: Procfs, pid: number): KnownServer | null {
  const read = readServer(procfs, pid);
  if (read.kind !== 'value') return null;
  const multiplexer = MULTIPLEXERS.find((it) => it.mayBe(read.value.comm));
  const socket = multiplexer?.socketOf(read.value) ?? null;
  if (!multiplexer || socket === null) return null;
  const { comm: _comm, sockets: _sockets, ...server } = read.value;
  return { multiplexer, server: { ...server, socket } };
}

function nowhere(kind: 'none' | 'unknown', why: string, links: readonly TerminalLink[]): Found {
  return { kind, why, links, listed: null };
}
