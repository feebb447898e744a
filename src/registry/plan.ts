import { seesOwnNamespace } from '../model/coverage.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type DeathOptions, holdDeaths } from './brake.ts';
import { type Desired, desire } from './desired.ts';
import { type ComparedField, differences, type SessionEvent } from './events.ts';
import { checkHost, checkSight, isSamePlace, MOUNT_PROC, requireHostId } from './host.ts';
import { type NameFacts, nameFacts, sessionsByName } from './name-facts.ts';
import {
  type HostRecord,
  type RegistryRow,
  type RowFacts,
  type StoredHost,
  type StoredRow,
  sameIncarnation,
} from './row.ts';
import { setAsideSettled } from './settled.ts';

/** One row that is to be inserted or changed. */
export interface Change {
  readonly name: string;
  /** Null for a row that is new. */
  readonly before: StoredRow | null;
  readonly after: RegistryRow;
  /** In what they differ; empty for a new row. */
  readonly fields: readonly ComparedField[];
  readonly events: readonly SessionEvent[];
  /** The session has ended, no other took its place, and the machine was not started anew: what the brake counts. */
  readonly isDeath: boolean;
}

/** A name, and why its row is as it is. */
export interface Told {
  readonly name: string;
  readonly reason: string;
}

/** What makes a registry match one look. */
export interface Plan {
  readonly hostId: string;
  readonly changes: readonly Change[];
  /** Proven deaths that are too many at once to be believed after one look. */
  readonly held: readonly Change[];
  /** Rows that stay as they are, since too little is known. */
  readonly kept: readonly Told[];
  /** Names that several processes claim, as their rows say now: a person settles it. */
  readonly ambiguous: readonly Told[];
  /** The names whose rows already say what the kernel says. */
  readonly unchanged: readonly string[];
  /** The host's own row where it has to be written; null where it stands. */
  readonly host: HostRecord | null;
}

/** How careful to be. */
export interface PlanOptions extends DeathOptions<Change> {
  /** The rows' place is no more, as a person says (a container that was made anew): its rows are ended. */
  readonly adoptHost?: boolean;
  /** Names whose rows end where too little can be seen to change them, as a person says. */
  readonly forget?: readonly string[];
}

/**
 * Works out what to write so that the rows of this host say what one look has seen.
 * Pure: the same look and rows give the same plan, and planning again on what it leaves gives nothing.
 *
 * @param snapshot a look that was asked about the `incumbents` of these rows, and to identify programs
 * @throws {PlumblineError} `config` without a host id, `blind` without a boot id, `host_conflict` where two places
 *   share one host id
 */
export function plan(snapshot: Snapshot, stored: StoredHost, options: PlanOptions = {}): Plan {
  const record = recordOf(snapshot);
  if (!options.adoptHost) checkHost(stored, snapshot.host);
  const changes: Change[] = [];
  const kept: Told[] = [];
  const ambiguous: Told[] = [];
  const sessions = sessionsByName(snapshot);
  const { settled, open } = setAsideSettled(sessions, stored.rows);
  const unchanged = [...settled];
  const rows = new Map(open.map((row) => [row.name, row]));
  refuseUnknownNames(options.forget ?? [], stored.rows);
  for (const [name, found] of desireAll(nameFacts(snapshot, stored, { sessions, settled, rows }))) {
    const row = rows.get(name) ?? null;
    const desired = row && options.forget?.includes(name) ? forget(found, row, snapshot.observedAt) : found;
    if (desired.kind === 'keep') kept.push({ name, reason: desired.reason });
    if (desired.kind !== 'row') continue;
    const { events, isDeath } = desired;
    const fields = row ? differences(row, desired.row) : [];
    if (row && fields.length === 0) unchanged.push(name);
    else changes.push({ name, before: row, after: desired.row, fields, events, isDeath });
    if (desired.row.status === 'ambiguous') ambiguous.push({ name, reason: desired.row.evidence[0]?.value ?? '' });
  }
  const held = heldDeaths(changes, stored.rows, snapshot, options);
  const written = changes.filter((change) => !held.includes(change));
  const isKnown = stored.record?.bootId === record.bootId && isSamePlace(stored.record, snapshot.host);
  const host = written.length > 0 || !isKnown ? record : null;
  return { hostId: record.hostId, changes: written, held, kept, ambiguous, unchanged, host };
}

/**
 * What every name's row should be. A name gives its process to another one only where that one's row takes it: its
 * home has the process for its session, and its row's own process is known to have ended, or to go on to another name
 * in its turn.
 */
function desireAll(all: readonly NameFacts[]): ReadonlyMap<string, Desired> {
  const byName = new Map(all.map((facts) => [facts.name, facts]));
  const takes = (name: string, asked: ReadonlySet<string>): boolean => {
    const { row, incumbent, otherName } = byName.get(name) ?? {};
    // Names that hand over in a circle all take.
    if (asked.has(name) || !row || row.status === 'dead' || !incumbent) return true;
    if (incumbent.verdict !== 'alive') return incumbent.verdict === 'dead';
    if (incumbent.place === 'home') return true;
    return otherName != null && takes(otherName, new Set([...asked, name]));
  };
  return new Map(
    all.map((facts) => {
      const { name, otherName } = facts;
      const isTaken = otherName !== null && takes(otherName, new Set([name]));
      return [name, desire(isTaken ? facts : { ...facts, otherName: null })];
    }),
  );
}

function forget(found: Desired, row: RowFacts, observedAt: Date): Desired {
  if (found.kind !== 'keep') return found;
  const evidence = [{ fact: 'a person took it away', source: '--forget', value: found.reason, check: null }];
  const next: RegistryRow = { ...row, status: 'dead', evidence, observedAt, endedAt: observedAt };
  return { kind: 'row', row: next, events: [{ kind: 'disowned', of: next }], isDeath: false };
}

function refuseUnknownNames(names: readonly string[], rows: readonly RowFacts[]): void {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length === 0) return;
  throw new PlumblineError('usage', `--forget: there is no row ${unknown.join(', ')}`, {
    hint: 'plumb registry shows them',
  });
}

/** The same end of the same process; of a row that names none, the end of the same version of it. */
export function isSameDeath(a: Change, b: Change): boolean {
  if (a.name !== b.name) return false;
  if (a.after.pid === null && b.after.pid === null) return a.before?.version === b.before?.version;
  return sameIncarnation(a.after, b.after);
}

function heldDeaths(
  changes: readonly Change[],
  rows: readonly RegistryRow[],
  { host, coverage }: Snapshot,
  options: PlanOptions,
): readonly Change[] {
  const deaths = changes.filter(({ isDeath }) => isDeath);
  if (deaths.length === 0) return [];
  const alive = rows.filter(
    ({ status, bootId }) => status !== 'dead' && (bootId ?? host.bootId) === host.bootId,
  ).length;
  const hasLeft = ({ events }: Change) => events.some(({ kind }) => kind === 'left');
  return holdDeaths(deaths, { alive, seesAll: seesOwnNamespace(coverage), hasLeft, isSame: isSameDeath }, options);
}

function recordOf(snapshot: Snapshot): HostRecord {
  checkSight(snapshot);
  const { host, observedAt } = snapshot;
  const { bootId, pidNamespace, timeNamespace } = host;
  const hostId = requireHostId(host);
  if (bootId === null) {
    throw new PlumblineError('blind', 'rows need the boot id, and /proc/sys/kernel/random/boot_id may not be read', {
      hint: MOUNT_PROC,
    });
  }
  return { hostId, bootId, pidNamespace, timeNamespace, machineUuid: host.machineUuid, observedAt };
}
