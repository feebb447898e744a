import type { Evidence } from '../model/evidence.ts';
import type { ComparedField, EventKind } from './events.ts';
import type { Change, Plan } from './plan.ts';
import type { RegistryRow, StoredHost } from './row.ts';

/**
 * How a row differs from the kernel.
 * - `dead_pid`: its process has ended. `restarted`: and another one is the session now.
 * - `reused_pid`: its number is somebody else's now. `left`: its process runs another program now.
 * - `other_pid`: another process is the session, and the row's lives or is not named.
 * - `foreign_pid`: its number is one of another pid namespace: it was written inside a container.
 * - `terminal_moved`, `terminal_lost`: the session is on another terminal, or on none. `pane_moved`: in another pane.
 * - `wandered`, `home_deleted`: its process is outside of its home, or the home is gone under it.
 * - `recorded_dead`: the row says dead, and the session lives. `missing_row`: a session that nobody registered.
 * - `no_session`: the row says alive and names no process, and its home is empty.
 * - `no_home`: no home of this look has the name.
 * - `returned`, `reexec`: its process is back in its home, or runs another program file that is a session as well.
 * - `moved_here`: another host has ended its row, and the session lives here. `other_host`: the row is another host's,
 *   which has not ended it, and a session of the name lives here.
 * - `ambiguous`: several processes claim it. `unknown`: too little can be seen.
 */
export type DriftKind =
  | 'dead_pid'
  | 'restarted'
  | 'reused_pid'
  | 'left'
  | 'other_pid'
  | 'foreign_pid'
  | 'terminal_moved'
  | 'terminal_lost'
  | 'pane_moved'
  | 'wandered'
  | 'home_deleted'
  | 'recorded_dead'
  | 'missing_row'
  | 'no_session'
  | 'no_home'
  | 'moved_here'
  | 'other_host'
  | 'returned'
  | 'reexec'
  | 'ambiguous'
  | 'unknown';

/** One value of a registry that is not what the kernel says; or one row of which that cannot be told. */
export interface DriftLine {
  readonly name: string;
  readonly kind: DriftKind;
  /** The registry's column; null where no single one is wrong. */
  readonly column: string | null;
  /** What the registry says there, and what the kernel says; null is nothing. */
  readonly registry: string | null;
  readonly kernel: string | null;
  readonly verdict: 'alive' | 'dead' | 'ambiguous' | 'unknown';
  /** One sentence: why. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/** How plumbline's own rows differ from the kernel: what a sync would write, and what it would leave. */
export function driftOfPlan({ changes, held, kept, ambiguous }: Plan, { rows }: StoredHost): DriftLine[] {
  const evidenceOf = new Map(rows.map((row) => [row.name, row.evidence]));
  const told = [...changes, ...held].flatMap(driftOfChange);
  const names = new Set(told.map(({ name }) => name));
  const nothing = { column: null, registry: null, kernel: null };
  const still = ambiguous.filter(({ name }) => !names.has(name));
  return [
    ...told,
    ...still.map(({ name, reason }): DriftLine => {
      return {
        name,
        kind: 'ambiguous',
        ...nothing,
        verdict: 'ambiguous',
        reason,
        evidence: evidenceOf.get(name) ?? [],
      };
    }),
    ...kept.map(({ name, reason }): DriftLine => {
      return { name, kind: 'unknown', ...nothing, verdict: 'unknown', reason, evidence: [] };
    }),
  ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function driftOfChange({ name, before, after, fields, events }: Change): DriftLine[] {
  const kinds = events.map(({ kind }) => kind);
  const kind = before === null && after.status !== 'ambiguous' ? 'missing_row' : kindOf(kinds, before, fields);
  const reason = events.map((event) => `${event.kind.replace('_', ' ')}${event.of.pid ? ` ${event.of.pid}` : ''}`);
  const proof = after.status === 'dead' ? after.evidence[0]?.fact : undefined;
  const why = `${reason.join(', ')}${proof === undefined ? '' : `: ${proof}`}`;
  const common = { name, kind, verdict: after.status, reason: why, evidence: after.evidence };
  const columns = fields.flatMap((field) => valuesOf(field, before, after));
  if (columns.length === 0) {
    return [{ ...common, column: null, registry: null, kernel: after.pid === null ? null : String(after.pid) }];
  }
  return columns.map((column) => ({ ...common, ...column }));
}

/** The event that says most, as a kind of drift. */
const KINDS: readonly (readonly [EventKind, DriftKind])[] = [
  ['ambiguous', 'ambiguous'],
  ['left', 'left'],
  ['emptied', 'no_session'],
  ['replaced', 'other_pid'],
  ['settled', 'other_pid'],
  ['renamed', 'other_pid'],
  ['wandered', 'wandered'],
  ['home_deleted', 'home_deleted'],
  ['detached', 'terminal_lost'],
  ['attached', 'terminal_moved'],
  ['moved', 'terminal_moved'],
  ['reexec', 'reexec'],
  ['returned', 'returned'],
];

function kindOf(events: readonly EventKind[], before: RegistryRow | null, fields: readonly ComparedField[]): DriftKind {
  const starts = events.includes('started');
  const found = KINDS.find(([event]) => events.includes(event))?.[1];
  if (starts && before?.status === 'dead') return 'recorded_dead';
  if (found === 'returned' && before?.status === 'dead') return 'recorded_dead';
  if (found === 'terminal_moved' && !fields.includes('terminal')) return 'pane_moved';
  if (found !== undefined && found !== 'left') return found;
  if (starts) return 'restarted';
  return found ?? 'dead_pid';
}

function valuesOf(field: ComparedField, before: RegistryRow | null, after: RegistryRow) {
  const pair = (column: string, of: (row: RegistryRow) => string | null) => {
    return { column, registry: before && of(before), kernel: of(after) };
  };
  switch (field) {
    case 'process':
      return [pair('pid', ({ pid }) => (pid === null ? null : String(pid)))];
    case 'exe':
      return [pair('exe_ino', ({ exe }) => exe && `${exe.dev}:${exe.ino}`)];
    default:
      return [pair(field, (row) => row[field])];
  }
}
