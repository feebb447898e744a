import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';
import { clockMs } from '../../test/storm/clock.ts';
import type { AgentOrder, AgentSays, Beat } from '../agent/talk.ts';
import type { Milliseconds } from '../model.ts';
import type { PeerPid } from './peer-pid.ts';

/** An agent at the other end of its socket. */
export interface AgentLink {
  readonly name: string;
  /** As it calls itself: in a container it has a number and a host name that only count there. */
  readonly host: string;
  readonly ownPid: number;
  /** As the kernel tells us, in our own namespace. */
  readonly pid: number;
  readonly order: (order: AgentOrder) => void;
  /** When it said that it ends by itself; null while it has not. */
  leaving: Milliseconds | null;
  isOpen: boolean;
}

/** What the harness wants to hear of at once. */
interface Listener {
  readonly came: (link: AgentLink) => void;
  /** The kernel has closed its socket: it has ended, or runs another program. */
  readonly went: (link: AgentLink) => void;
}

/** Where the agents call: who has an open connection lives. */
export class TruthServer {
  readonly #peerPid: PeerPid;
  readonly #listener: Listener;
  readonly #server: net.Server;
  readonly #waiting = new Map<AgentLink, Set<(said: AgentSays) => void>>();
  readonly #costs = new Map<Beat, { ms: number; measured: number; beats: number }>();

  constructor(peerPid: PeerPid, listener: Listener) {
    this.#peerPid = peerPid;
    this.#listener = listener;
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(path, resolve));
    fs.chmodSync(path, 0o666);
  }

  close(): void {
    this.#server.close();
  }

  /** CPU seconds of all beats; those that could not be measured have cost what the others did. */
  cpuSeconds(beat: Beat): number {
    const { ms, measured, beats } = this.#costs.get(beat) ?? { ms: 0, measured: 0, beats: 0 };
    return measured === 0 ? 0 : (ms / measured) * (beats / 1000);
  }

  /** What an agent says next of this sort; null after so long. */
  hear<Kind extends AgentSays['says']>(
    link: AgentLink,
    kind: Kind,
    patienceMs: Milliseconds,
  ): Promise<Extract<AgentSays, { says: Kind }> | null> {
    return new Promise((resolve) => {
      const ears = this.#waiting.get(link);
      const stop = (said: Extract<AgentSays, { says: Kind }> | null) => {
        clearTimeout(timer);
        ears?.delete(ear);
        resolve(said);
      };
      const ear = (said: AgentSays) => {
        if (said.says === kind) stop(said as Extract<AgentSays, { says: Kind }>);
      };
      const timer = setTimeout(() => stop(null), patienceMs);
      ears?.add(ear);
    });
  }

  #accept(socket: net.Socket): void {
    const pid = this.#peerPid(socket);
    let link: AgentLink | null = null;
    socket.on('error', () => {});
    // Who is killed with something unread resets its connection: the close comes all the same.
    const lines = readline.createInterface({ input: socket }).on('error', () => {});
    lines.on('line', (line) => {
      const said = JSON.parse(line) as AgentSays;
      if (said.says === 'hello') link = this.#greet(socket, pid, said);
      else if (link !== null) this.#take(link, said);
    });
    socket.once('close', () => {
      if (link === null) return;
      link.isOpen = false;
      this.#listener.went(link);
      this.#waiting.delete(link);
    });
  }

  #greet(socket: net.Socket, pid: number, said: Extract<AgentSays, { says: 'hello' }>): AgentLink {
    const order = (given: AgentOrder) => void socket.write(`${JSON.stringify(given)}\n`);
    const { name, host, pid: ownPid } = said;
    const link: AgentLink = { name, host, ownPid, pid, order, leaving: null, isOpen: true };
    this.#waiting.set(link, new Set());
    this.#listener.came(link);
    return link;
  }

  #take(link: AgentLink, said: AgentSays): void {
    if (said.says === 'leaving') link.leaving = clockMs();
    if (said.says === 'beat') this.#count(said.beat, said.cpuMs);
    for (const ear of [...(this.#waiting.get(link) ?? [])]) ear(said);
  }

  #count(beat: Beat, cpuMs: number | null): void {
    const cost = this.#costs.get(beat) ?? { ms: 0, measured: 0, beats: 0 };
    cost.beats++;
    if (cpuMs !== null) {
      cost.ms += cpuMs;
      cost.measured++;
    }
    this.#costs.set(beat, cost);
  }
}
