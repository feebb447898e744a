import path from 'node:path';
import { type Cost, SYSTEMS, type SystemName } from '../model.ts';
import type { AgentRole, Arena, RunningSystem } from '../world/contract.ts';
import { AGENT_TABLES, BEAT_SECONDS } from './agent-tables.ts';
import { BackendMeter, CpuMeter, everySecond } from './cpu-meter.ts';
import { Keeper } from './keeper.ts';
import {
  endpointUrl,
  FDW_ROLE,
  SYNC_ROLE,
  startForeignTables,
  startServe,
  startWatch,
  writeConfig,
} from './plumbline.ts';
import { Reader } from './reader.ts';
import type { ReaderOrder } from './reader-order.ts';
import { WalMeter, type Written } from './wal-meter.ts';

/** What keeps a system's rows, and where they are asked for. */
interface Kept {
  readonly keeper?: Keeper;
  readonly url?: string;
  /** Who it is in the run's database. */
  readonly role?: string;
  /** What the agents have spent on it. */
  readonly agentSeconds?: () => number;
}

/**
 * Starts the systems: what keeps its rows, and the process that asks it. The database and the tmux servers are there,
 * the agents not yet; what is set up is not measured.
 */
export async function startSystems(
  arena: Arena,
  systems: readonly SystemName[] = SYSTEMS,
): Promise<readonly RunningSystem[]> {
  const config = writeConfig(arena);
  const started: Started[] = [];
  for (const system of systems) started.push(await start(arena, config, system));
  // The first reading connects and loads what it needs; what it takes to start is not measured.
  for (const { reader } of started) await reader.read();
  const serverPid = arena.database.serverPid;
  const backends = new BackendMeter();
  backends.begin(serverPid());
  for (const { keeping, reading } of started) for (const meter of [keeping, reading]) meter.begin();
  const stop = everySecond(() => {
    backends.sample(serverPid());
    for (const { keeping, reading } of started) for (const meter of [keeping, reading]) meter.sample();
  });
  const wal = await WalMeter.open(arena.database.adminUrl);
  // Everybody's at once: the log is read through once.
  let written: Promise<ReadonlyMap<string, Written>> | null = null;
  return started.map((it) => ({
    system: it.system,
    read: () => it.reader.read(),
    cost: async () => {
      backends.sample(serverPid());
      written ??= wal.written();
      return costOf(it, backends, await written);
    },
    end: async () => {
      stop();
      await Promise.all([it.reader.end(), it.kept.keeper?.end()]);
    },
  }));
}

/** A system whose processes run. */
interface Started {
  readonly system: SystemName;
  readonly kept: Kept;
  readonly reader: Reader;
  /** Of what keeps it, and of what asks it. */
  readonly keeping: CpuMeter;
  readonly reading: CpuMeter;
}

async function start(arena: Arena, config: string, system: SystemName): Promise<Started> {
  const [keeping, reading] = [new CpuMeter(), new CpuMeter()];
  const kept = await keep(arena, config, system, keeping);
  const reader = new Reader({
    entry: path.join(arena.entries, 'reader-main.mjs'),
    order: orderOf(arena, config, system, kept.url ?? ''),
    log: logOf(arena, `reader-${SYSTEMS.indexOf(system)}`),
    meter: reading,
  });
  return { system, kept, reader, keeping, reading };
}

function costOf(
  { kept, reader, keeping, reading }: Started,
  backends: BackendMeter,
  written: ReadonlyMap<string, Written>,
): Cost {
  for (const meter of [keeping, reading]) meter.sample();
  const { rows, walBytes } = written.get(kept.role ?? '') ?? { rows: 0, walBytes: 0 };
  return {
    keepingCpuSeconds: keeping.seconds + (kept.agentSeconds?.() ?? 0),
    readingCpuSeconds: reading.seconds,
    databaseCpuSeconds: kept.role === undefined ? 0 : backends.secondsOf(kept.role),
    // The first one was before the run.
    readings: reader.readings - 1,
    rowsWritten: rows,
    walBytes,
  };
}

async function keep(arena: Arena, config: string, system: SystemName, meter: CpuMeter): Promise<Kept> {
  switch (system) {
    case 'registration':
    case 'heartbeat 5 s':
    case 'heartbeat 30 s':
    case 'heartbeat 60 s':
      return keepTable(arena, AGENT_TABLES[system], meter);
    case 'pid files':
      return { agentSeconds: () => arena.pidFileCpuSeconds() };
    case 'tmux':
    case 'plumb list':
    case 'observe()':
      return {};
    case 'plumb sync --watch':
      return { keeper: await startWatch(arena, config, meter), url: arena.database.url(SYNC_ROLE), role: SYNC_ROLE };
    case 'plumb serve': {
      const endpoint = await startServe(arena, config, { name: 'serve', meter });
      return { keeper: endpoint.keeper, url: endpointUrl(endpoint) };
    }
    case 'plumb fdw': {
      const { keeper } = await startForeignTables(arena, config, meter);
      return { keeper, url: arena.database.url(FDW_ROLE), role: FDW_ROLE };
    }
  }
}

/** A table that agents write into, and what sweeps it where they beat. */
function keepTable(arena: Arena, role: AgentRole, meter: CpuMeter): Kept {
  const url = arena.database.url(role);
  const kept = { url, role, agentSeconds: () => arena.beatCpuSeconds(role) };
  const seconds = BEAT_SECONDS[role];
  if (seconds === null) return kept;
  const words = [path.join(arena.entries, 'sweeper-main.mjs'), url, role, String(seconds)];
  return { ...kept, keeper: new Keeper({ words, log: logOf(arena, `sweeper-${seconds}`), meter }) };
}

function orderOf(arena: Arena, configFile: string, system: SystemName, url: string): ReaderOrder {
  const { host, sessions, command, plumb, tmux } = arena;
  return {
    ...{ system, host, sessions, command, plumb, configFile, tmux, url },
    homes: `${arena.homes}/*`,
    pidFiles: sessions.map((session) => [session, arena.pidFile(session)] as const),
  };
}

function logOf({ scratch }: Arena, name: string): string {
  return path.join(scratch, `${name}.log`);
}
