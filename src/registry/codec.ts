import { PlumblineError } from '../model/errors.ts';
import type { Answer } from './database.ts';
import { encodeEvents, happenedIn } from './history-codec.ts';
import { notificationOf } from './notification.ts';
import type { Change, Plan } from './plan.ts';
import type { HostRecord, RegistryRow, RowStatus, StoredHost, StoredRow } from './row.ts';
import { bigOrNull, fileId } from './wire-values.ts';

/** Reads what sql/read.sql gave, sorted by name. */
export function decodeHost({ rows }: Answer): StoredHost {
  const text = rows.find(({ host }) => host != null)?.['host'] ?? null;
  const record = text === null ? null : (JSON.parse(text) as WireRecord & WireWatch);
  return {
    record: record && decodeRecord(record),
    rows: rows
      .filter(({ name }) => name != null)
      .map((row) => decodeRow(row as unknown as ReadRow))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    watchingSince: record?.watching_since == null ? null : time(record.watching_since),
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
        payload: notificationOf(hostId, change.name, happenedIn(change)),
      })),
    ),
  ];
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
  readonly version: string | null;
}

/** The same as it is read: every value is text, and times are seconds. */
interface ReadRow extends Omit<WireRow, 'pid' | 'started_at' | 'observed_at' | 'ended_at' | 'evidence' | 'version'> {
  readonly pid: string | null;
  readonly started_s: string | null;
  readonly observed_s: string;
  readonly ended_s: string | null;
  readonly evidence: string | null;
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

function decodeRow(wire: ReadRow): StoredRow {
  const { name, home, pid, terminal, pane, status, cwd, command, evidence, version } = wire;
  return {
    name,
    home,
    homeId: fileId(wire.home_dev, wire.home_ino),
    bootId: wire.boot_id,
    pid: pid === null ? null : Number(pid),
    startTimeTicks: bigOrNull(wire.start_time_ticks),
    exe: fileId(wire.exe_dev, wire.exe_ino),
    terminal,
    pane,
    status,
    cwd,
    command,
    startedAt: wire.started_s === null ? null : timeOf(wire.started_s),
    observedAt: timeOf(wire.observed_s),
    endedAt: wire.ended_s === null ? null : timeOf(wire.ended_s),
    evidence: evidence === null ? [] : JSON.parse(evidence),
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

function encodeChange({ name, before, after }: Change): WireRow {
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

function timeOf(seconds: string): Date {
  return time(Math.round(Number(seconds) * 1000));
}

/** Postgres also knows `infinity`, and years that no clock shows. */
function time(value: string | number): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new PlumblineError('registry', `a row holds the time ${value}, which no plumb has written`, {
    hint: 'look at observed_at, started_at and ended_at in plumbline.hosts and plumbline.sessions',
  });
}
