import type { DriftKind } from '../drift.ts';
import type { EventKind } from '../events.ts';
import { encodeEvents, type Happening, happenedIn } from '../history-codec.ts';
import { notificationOf } from '../notification.ts';
import type { RegistryRow, RowStatus } from '../row.ts';
import { plainTerminal } from './compare.ts';
import type { Compared } from './plan.ts';
import type { Values } from './values.ts';

/** What happened to a session, by how its row differed: the words of plumbline.session_events. */
const HAPPENED: Readonly<Record<DriftKind, readonly EventKind[]>> = {
  dead_pid: ['died'],
  restarted: ['died', 'started'],
  reused_pid: ['died'],
  left: ['left'],
  other_pid: ['replaced', 'started'],
  foreign_pid: [],
  terminal_moved: ['moved'],
  terminal_lost: ['detached'],
  pane_moved: ['moved'],
  wandered: ['wandered'],
  home_deleted: ['home_deleted'],
  recorded_dead: ['started'],
  missing_row: ['started'],
  no_session: ['emptied'],
  no_home: [],
  moved_here: ['started'],
  other_host: [],
  returned: ['returned'],
  reexec: ['reexec'],
  ambiguous: ['ambiguous'],
  unknown: [],
};

/** What is told of each row that was written, and what is kept of it: parameters of sql/table_events and table_history. */
export function encodeTableEvents(hostId: string, written: readonly Compared[], at: Date): [string, string] {
  const happenings = written.flatMap((change) => (change.kind === null ? [] : happeningOf(change, change.kind, at)));
  const told = happenings.map((it) => notificationOf(hostId, it.name, happenedIn(it)));
  return [JSON.stringify(told), JSON.stringify(happenings.flatMap((it) => encodeEvents(hostId, it)))];
}

/** The change in the terms of plumbline's own rows: what an operator's row does not say is null. */
function happeningOf({ name, claim, should, values, evidence }: Compared, kind: DriftKind, at: Date): Happening {
  const session = should !== null && should !== 'dead' ? should.alive : null;
  const before = claim && rowOf(name, claim.values, claim.says === 'dead' ? 'dead' : 'alive', at);
  const written = rowOf(name, { ...claim?.values, ...values }, session ? 'alive' : 'dead', at);
  const incarnation = session && { bootId: session.bootId, startTimeTicks: session.startTimeTicks };
  const after = { ...written, ...incarnation, evidence };
  const goesOn = session !== null && (kind === 'reused_pid' || kind === 'left');
  const kinds = goesOn ? [...HAPPENED[kind], 'started' as const] : HAPPENED[kind];
  const isOfOld = (it: EventKind) => it === 'died' || it === 'left' || it === 'replaced' || it === 'emptied';
  const events = kinds.map((it) => ({ kind: it, of: isOfOld(it) && before ? { ...before, evidence } : after }));
  return { name, before, after, events };
}

function rowOf(name: string, values: Values, status: RowStatus, observedAt: Date): RegistryRow {
  const { pid = null, terminal = null, pane = null, cwd = null, command = null } = values;
  const nothing = { home: null, homeId: null, bootId: null, startTimeTicks: null, exe: null };
  const number = pid !== null && /^\d{1,7}$/.test(pid) ? Number(pid) : null;
  const times = { startedAt: null, observedAt, endedAt: null };
  return {
    name,
    ...nothing,
    pid: number,
    terminal: plainTerminal(terminal),
    pane: pane?.trim() || null,
    status,
    cwd,
    command,
    ...times,
    evidence: [],
  };
}
