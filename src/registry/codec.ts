import { PlumblineError } from '../model/errors.ts';
import type { FileId } from '../model/process.ts';
import { encodeEvents } from './history-codec.ts';
import { type Happened, notificationOf } from './notification.ts';
import type { Change, Plan } from './plan.ts';
import type { HostRecord, RegistryRow, RowStatus, StoredHost, StoredRow } from './row.ts';

/** Reads what sql/read.sql gave. */
export function decodeHost(host: string | null, sessions: string): StoredHost {
  const record = host === null ? null : (JSON.parse(host) as WireRecord & WireWatch);
  return {
    record: record && decodeRecord(record),
    rows: (JSON.parse(sessions) as WireRow[]).map(decodeRow),
    watchingSince: dateOrNull(record?.watching_since ?? null),
  };
}

/** The parameters of sql/apply.sql. */
export function encodePlan(plan: Plan): (string | null)[] {
  const { hostId, host, changes } = plan;
  return [
    hostId,
    host && JSON.stringify(encodeRecord(host)),
    JSON.stringify(changes.map(encodeChange)),
    JSON.stringify(changes.flatMap((change) => encodeEvents(hostId, change))),
    JSON.stringify(
      changes.map((change) => ({
        name: change.name,
        payload: notificationOf(hostId, change.name, happenedTo(change)),
      })),
    ),
  ];
}

function happenedTo({ after: { status, pid }, events }: Change): Happened {
  return { status, pid, events: events.map(({ kind }) => kind) };
}

interface WireRecord {
  readonly host_id: string;
  readonly boot_id: string;
  readonly pid_namespace: string | null;
  readonly time_namespace: string | null;
  readonly machine_uuid: string | null;
  readonly observed_at: string;
}

interface WireWatch {
  readonly watching_since: string | null;
}

interface WireRow {
  readonly name: string;
  readonly home: string | null;
  readonly home_dev: string | null;
  readonly home_ino: string | null;
  readonly boot_id: string | null;
  readonly pid: number | null;
  readonly start_time_ticks: string | null;
  readonly exe_dev: string | null;
  readonly exe_ino: string | null;
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly status: RowStatus;
  readonly cwd: string | null;
  readonly command: string | null;
  readonly started_at: string | null;
  readonly observed_at: string;
  readonly ended_at: string | null;
  readonly evidence: RegistryRow['evidence'];
  readonly version: string;
}

function decodeRecord(wire: WireRecord): HostRecord {
  return {
    hostId: wire.host_id,
    bootId: wire.boot_id,
    pidNamespace: bigOrNull(wire.pid_namespace),
    timeNamespace: bigOrNull(wire.time_namespace),
    machineUuid: wire.machine_uuid,
    observedAt: time(wire.observed_at),
  };
}

function decodeRow(wire: WireRow): StoredRow {
  const { name, home, pid, terminal, pane, status, cwd, command, evidence, version } = wire;
  return {
    name,
    home,
    homeId: fileId(wire.home_dev, wire.home_ino),
    bootId: wire.boot_id,
    pid,
    startTimeTicks: bigOrNull(wire.start_time_ticks),
    exe: fileId(wire.exe_dev, wire.exe_ino),
    terminal,
    pane,
    status,
    cwd,
    command,
    startedAt: dateOrNull(wire.started_at),
    observedAt: time(wire.observed_at),
    endedAt: dateOrNull(wire.ended_at),
    evidence,
    version,
  };
}

function encodeRecord({ bootId, pidNamespace, timeNamespace, machineUuid, observedAt }: HostRecord) {
  return {
    boot_id: bootId,
    pid_namespace: pidNamespace?.toString() ?? null,
    time_namespace: timeNamespace?.toString() ?? null,
    machine_uuid: machineUuid,
    observed_at: observedAt,
  };
}

function encodeChange({ name, before, after }: Change): Omit<WireRow, 'version'> & { readonly version: string | null } {
  const { home, pid, terminal, pane, status, cwd, command, evidence } = after;
  return {
    name,
    home,
    home_dev: after.homeId?.dev.toString() ?? null,
    home_ino: after.homeId?.ino.toString() ?? null,
    boot_id: after.bootId,
    pid,
    start_time_ticks: after.startTimeTicks?.toString() ?? null,
    exe_dev: after.exe?.dev.toString() ?? null,
    exe_ino: after.exe?.ino.toString() ?? null,
    terminal,
    pane,
    status,
    cwd,
    command,
    started_at: after.startedAt?.toISOString() ?? null,
    observed_at: after.observedAt.toISOString(),
    ended_at: after.endedAt?.toISOString() ?? null,
    evidence,
    version: before?.version ?? null,
  };
}

function bigOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function dateOrNull(text: string | null): Date | null {
  return text === null ? null : time(text);
}

/** Postgres also knows `infinity`, and years that no clock shows. */
function time(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new PlumblineError('registry', `a row holds the time ${text}, which no plumb has written`, {
    hint: 'look at observed_at, started_at and ended_at in plumbline.hosts and plumbline.sessions',
  });
}

function fileId(dev: string | null, ino: string | null): FileId | null {
  return dev === null || ino === null ? null : { dev: BigInt(dev), ino: BigInt(ino) };
}
