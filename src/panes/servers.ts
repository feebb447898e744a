import { readStat } from '../kernel/process-stat.ts';
import type { Procfs } from '../kernel/procfs.ts';
import { readServer, terminalsOf } from '../kernel/servers.ts';
import { describeMissing, valueOrNull } from '../model/outcome.ts';
import type { PaneServer } from '../model/pane.ts';
import type { ClientSilence, RunClient } from './client.ts';
import type { Listing, Multiplexer } from './multiplexer.ts';
import { MULTIPLEXERS } from './multiplexers.ts';

/** How servers are asked. */
export interface AskOptions {
  readonly procfs: Procfs;
  readonly run: RunClient;
  readonly signal?: AbortSignal | undefined;
}

/** A server with the multiplexer that it belongs to. */
export interface KnownServer {
  readonly multiplexer: Multiplexer;
  readonly server: PaneServer;
}

/** A process that calls itself a server, and may not be looked into. */
export interface UnseenServer extends ClientSilence {
  readonly multiplexer: Multiplexer;
  readonly pid: number;
}

/** The servers of multiplexers, each looked into and asked once. */
export class PaneServers {
  readonly #options: AskOptions;
  readonly #listings = new Map<number, Promise<Listing>>();
  readonly #servers = new Map<number, KnownServer | UnseenServer | null>();

  constructor(options: AskOptions) {
    this.#options = options;
  }

  /** The server that this process is; null where it is none. */
  at(pid: number): KnownServer | UnseenServer | null {
    let known = this.#servers.get(pid);
    if (known === undefined) {
      known = this.#read(pid);
      this.#servers.set(pid, known);
    }
    return known;
  }

  /** All servers among these processes. */
  among(pids: readonly number[]): (KnownServer | UnseenServer)[] {
    return pids.flatMap((pid) => this.at(pid) ?? []);
  }

  /** What a server answers; it is asked once. */
  list(known: KnownServer): Promise<Listing> {
    const { pid } = known.server;
    let listing = this.#listings.get(pid);
    if (!listing) {
      listing = this.#ask(known);
      this.#listings.set(pid, listing);
    }
    return listing;
  }

  async #ask({ multiplexer, server }: KnownServer): Promise<Listing> {
    const { procfs, run, signal } = this.#options;
    const state = valueOrNull(readStat(procfs, server.pid))?.state;
    // It would be waited for in vain, and screen's client would leave a socket behind.
    if (state === 'T' || state === 't') {
      return { silence: 'its server is stopped', hint: `kill -CONT ${server.pid} lets it go on` };
    }
    return multiplexer.list(server, { run, signal, terminals: () => terminalsOf(procfs, server.pid) });
  }

  #read(pid: number): KnownServer | UnseenServer | null {
    const { procfs } = this.#options;
    const comm = valueOrNull(readStat(procfs, pid))?.comm;
    const multiplexer = MULTIPLEXERS.find((it) => comm !== undefined && it.mayBe(comm));
    if (!multiplexer) return null;
    const read = readServer(procfs, pid);
    if (read.kind === 'gone') return null;
    if (read.kind !== 'value') {
      return { multiplexer, pid, silence: `it may not be looked into: ${describeMissing(read)}`, hint: '' };
    }
    const socket = multiplexer.socketOf(read.value);
    if (socket === null) return null;
    if (typeof socket !== 'string') return { multiplexer, pid, ...socket };
    const { comm: _comm, sockets: _sockets, ...server } = read.value;
    return { multiplexer, server: { ...server, socket } };
  }
}
