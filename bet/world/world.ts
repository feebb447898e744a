import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { postgresVersions } from '../../test/makers/postgres-cluster.ts';
import { clockMs } from '../../test/storm/clock.ts';
import type { AgentSettings } from '../agent/talk.ts';
import type { Mishap, RunOptions } from '../model.ts';
import { type Schedule, SERVERS, sessionNames } from '../schedule.ts';
import type { RunCgroups } from './cgroups.ts';
import type { Arena, Happened, TruthBook } from './contract.ts';
import { BetDatabase } from './database.ts';
import { befallHost } from './host-mishaps.ts';
import { Inhabitants } from './inhabitants.ts';
import { loadPeerPid } from './peer-pid.ts';
import { befallSession, type Workshop } from './session-mishaps.ts';
import { BetServer } from './tmux-server.ts';
import { TruthServer } from './truth-server.ts';

/** Where a run is set up. */
export interface WorldOptions {
  readonly run: RunOptions;
  readonly schedule: Schedule;
  /** The directory of the bundled programs. */
  readonly entries: string;
  /** The built command. */
  readonly plumb: string;
  readonly cgroups: RunCgroups;
}

/** What plumbline knows agents by: the name of their program file. */
const COMMAND = 'bet-agent';

/** One machine's worth of sessions, servers and a database, in which things happen. */
export class World {
  readonly arena: Arena;
  readonly #inhabitants: Inhabitants;
  readonly #agents: TruthServer;
  readonly #servers: readonly BetServer[];
  readonly #database: BetDatabase;
  readonly #workshop: Workshop;
  readonly #truthSocket: string;
  /** What happens to the same session or server happens one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** @param fail called where somebody ends whom nobody has ended: nothing is true then any more */
  constructor(options: WorldOptions, fail: (error: Error) => void) {
    const { run, schedule, entries } = options;
    const scratch = path.join(entries, `run-${run.seed}`);
    const at = (name: string) => path.join(scratch, name);
    const sessions = sessionNames(run.sessions);
    for (const name of [
      'bin',
      'tmux',
      'pids',
      'systems',
      'elsewhere',
      'postgres',
      ...sessions.map((it) => `homes/${it}`),
    ]) {
      fs.mkdirSync(at(name), { recursive: true });
    }
    for (const name of ['.', 'homes', 'systems']) fs.chmodSync(at(name), 0o755);
    const program = at(`bin/${COMMAND}`);
    fs.copyFileSync(path.join(entries, `${COMMAND}.cjs`), program);
    this.#database = openDatabase(at('postgres'));
    this.#truthSocket = at('truth');
    const { socketDirectory, port, database } = this.#database;
    const settings: AgentSettings = {
      truthSocket: this.#truthSocket,
      database: { host: socketDirectory, port, database },
      pidFiles: at('pids'),
      ignoring: schedule.ignoring,
    };
    fs.writeFileSync(at(`bin/${COMMAND}.json`), JSON.stringify(settings));
    this.#servers = SERVERS.map((socket) => new BetServer(socket, at('tmux')));
    const server = (socket: string) => this.#serverOf(socket);
    const isUp = (socket: string) => server(socket).isUp;
    this.#inhabitants = new Inhabitants({ sessions, host: os.hostname(), program, isUp, fail });
    this.#agents = new TruthServer(loadPeerPid(), this.#inhabitants);
    this.#workshop = {
      inhabitants: this.#inhabitants,
      agents: this.#agents,
      server,
      cgroups: options.cgroups,
      homes: at('homes'),
      ignoring: new Set(schedule.ignoring),
      elsewhere: at('elsewhere'),
      program,
    };
    this.arena = this.#arenaOf(options, at);
  }

  get truth(): TruthBook {
    return this.#inhabitants;
  }

  /** All that was so, for whoever wants to check a result. */
  get chronicle() {
    return this.#inhabitants.chronicle;
  }

  /** The database and the servers, before there are agents. */
  async open(): Promise<void> {
    await this.#agents.listen(this.#truthSocket);
    await Promise.all([this.#database.make(), ...this.#servers.map((server) => server.start())]);
  }

  /** Lets it happen now; rejects where it does not. */
  async befall(mishap: Mishap): Promise<Happened> {
    const key = 'session' in mishap ? mishap.session : 'server' in mishap ? mishap.server : mishap.kind;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#do(mishap));
    this.#turns.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  }

  close(): void {
    this.#agents.close();
  }

  async #do(mishap: Mishap): Promise<Happened> {
    const from = clockMs();
    const sessions = this.#concerned(mishap);
    const proof = await ('session' in mishap
      ? befallSession(this.#workshop, mishap)
      : befallHost(this.#workshop, this.#database, mishap));
    return { mishap, from, to: clockMs(), sessions, proof };
  }

  #concerned(mishap: Mishap): readonly string[] {
    if ('session' in mishap) return [mishap.session];
    if (!('server' in mishap)) return this.arena.sessions;
    return this.#inhabitants.all.filter(({ pane }) => pane?.server === mishap.server).map(({ name }) => name);
  }

  #serverOf(socket: string): BetServer {
    const found = this.#servers.find((it) => it.socket === socket);
    if (!found) throw new Error(`no server is called ${socket}`);
    return found;
  }

  #arenaOf({ run, entries, plumb }: WorldOptions, at: (name: string) => string): Arena {
    const database = this.#database;
    return {
      options: run,
      sessions: sessionNames(run.sessions),
      host: os.hostname(),
      scratch: at('systems'),
      homes: at('homes'),
      command: COMMAND,
      plumb,
      entries,
      tmux: { directory: at('tmux'), sockets: SERVERS },
      database: {
        url: (role) => database.url(role),
        adminUrl: database.adminUrl,
        socketDirectory: database.socketDirectory,
        port: database.port,
        serverPid: () => database.serverPid(),
      },
      pidFile: (session) => at(`pids/${session}.pid`),
      beatCpuSeconds: (role) => this.#agents.cpuSeconds(role),
      pidFileCpuSeconds: () => this.#agents.cpuSeconds('pid file'),
    };
  }
}

function openDatabase(directory: string): BetDatabase {
  const newest = postgresVersions().at(-1);
  if (!newest) throw new Error('no Postgres is installed');
  return new BetDatabase(newest.bin, directory);
}
