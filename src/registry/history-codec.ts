import type { HistoryEvent, RowState } from './history.ts';
import type { Happened } from './notification.ts';
import type { Change } from './plan.ts';
import type { RegistryRow } from './row.ts';
import { bigOrNull, fileId } from './wire-values.ts';

/** A row's state as it stands in before and after: u64 as text, since readers of JSON would round it. */
interface WireState {
  readonly boot_id: string | null;
  readonly pid: number | null;
  readonly start_time_ticks: string | null;
  readonly exe_dev: string | null;
  readonly exe_ino: string | null;
  readonly status: RowState['status'];
  readonly terminal: string | null;
  readonly pane: string | null;
  readonly home: string | null;
  readonly command: string | null;
}

interface WireEvent {
  readonly host_id: string;
  readonly name: string;
  readonly at: string;
  readonly event: string;
  readonly boot_id: string | null;
  readonly pid: number | null;
  readonly start_time_ticks: string | null;
  readonly evidence: HistoryEvent['evidence'];
  /** Schema 1 has neither. */
  readonly before?: WireState | null;
  readonly after?: WireState | null;
}

/** A change of a row, of plumbline's own or of somebody else's. */
export type Happening = Pick<Change, 'name' | 'after' | 'events'> & { readonly before: RegistryRow | null };

/** What is told of it at once. */
export function happenedIn({ after: { status, pid }, events }: Pick<Happening, 'after' | 'events'>): Happened {
  return { status, pid, events: events.map(({ kind }) => kind) };
}

/** The events of a change as sql/apply.sql takes them: each with the whole change that it is a part of. */
export function encodeEvents(hostId: string, { name, before, after, events }: Happening): WireEvent[] {
  const change = { before: before && encodeState(before), after: encodeState(after) };
  return events.map(({ kind, of }) => ({
    host_id: hostId,
    name,
    at: after.observedAt.toISOString(),
    event: kind,
    boot_id: of.bootId,
    pid: of.pid,
    start_time_ticks: of.startTimeTicks?.toString() ?? null,
    evidence: of.evidence,
    ...change,
  }));
}

/** Reads one row of what sql/history.sql gave. */
export function decodeEvent(text: string): HistoryEvent {
  const wire = JSON.parse(text) as WireEvent;
  const { name, event, pid, evidence, before = null, after = null } = wire;
  return {
    hostId: wire.host_id,
    name,
    at: new Date(wire.at),
    event,
    bootId: wire.boot_id,
    pid,
    startTimeTicks: bigOrNull(wire.start_time_ticks),
    before: before && decodeState(before),
    after: after && decodeState(after),
    evidence,
  };
}

function encodeState({ bootId, pid, startTimeTicks, exe, status, terminal, pane, home, command }: RowState): WireState {
  return {
    boot_id: bootId,
    pid,
    start_time_ticks: startTimeTicks?.toString() ?? null,
    exe_dev: exe?.dev.toString() ?? null,
    exe_ino: exe?.ino.toString() ?? null,
    status,
    terminal,
    pane,
    home,
    command,
  };
}

function decodeState({ boot_id, start_time_ticks, exe_dev, exe_ino, ...rest }: WireState): RowState {
  const { pid, status, terminal, pane, home, command } = rest;
  return {
    bootId: boot_id,
    pid,
    startTimeTicks: bigOrNull(start_time_ticks),
    exe: fileId(exe_dev, exe_ino),
    status,
    terminal,
    pane,
    home,
    command,
  };
}
