import { PlumblineError } from '../model/errors.ts';
import type { Host, Snapshot } from '../model/snapshot.ts';
import { toText } from '../model/text.ts';
import { desire, type NameFacts } from './desired.ts';
import { type ComparedField, differences, type SessionEvent } from './events.ts';
import { checkHost, requireHostId } from './host.ts';
import type { HostRecord, RegistryRow, StoredHost, StoredRow } from './row.ts';
import { storedText } from './stored-text.ts';

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

/** A row that stays as it is, since too little is known. */
export interface Kept {
  readonly name: string;
  readonly reason: string;
}

/** What makes a registry match one look. */
export interface Plan {
  readonly hostId: string;
  readonly changes: readonly Change[];
  /** Proven deaths that are too many at once to be believed after one look. */
  readonly held: readonly Change[];
  readonly kept: readonly Kept[];
  /** Rows that already say what the kernel says. */
  readonly unchanged: number;
  /** The host's own row where it has to be written; null where it stands. */
  readonly host: HostRecord | null;
}

/** How careful to be. */
export interface PlanOptions {
  /** More deaths than this in one pass are held. Default: half of the live rows of this boot, and at least 3. */
  readonly maxDeaths?: number | null;
  /** Write deaths however many they are. */
  readonly force?: boolean;
  /** The deaths that an earlier look has proven as well: with complete coverage they are no longer held. */
  readonly provenBefore?: readonly Change[];
}

const LEAST_DEATHS = 3;

/**
 * Works out what to write so that the rows of this host say what one look has seen.
 * Pure: the same look and rows give the same plan, and planning again on what it leaves gives nothing.
 *
 * @param snapshot a look that was asked about the `incumbents` of these rows, and to identify programs
 * @throws {PlumblineError} `config` without a host id, `blind` without a boot id, `host_conflict` where two places
 *   share one host id
 */
export function plan(snapshot: Snapshot, stored: StoredHost, options: PlanOptions = {}): Plan {
  const record = recordOf(snapshot.host, snapshot.observedAt);
  checkHost(stored, snapshot.host);
  const changes: Change[] = [];
  const kept: Kept[] = [];
  let unchanged = 0;
  const rows = new Map(stored.rows.map((row) => [row.name, row]));
  for (const facts of factsByName(snapshot, rows)) {
    const row = rows.get(facts.name) ?? null;
    const desired = desire(facts);
    if (desired.kind === 'keep') kept.push({ name: facts.name, reason: desired.reason });
    if (desired.kind !== 'row') continue;
    const { events, isDeath } = desired;
    const fields = row ? differences(row, desired.row) : [];
    if (row && fields.length === 0) unchanged++;
    else changes.push({ name: facts.name, before: row, after: desired.row, fields, events, isDeath });
  }
  const held = heldDeaths(changes, stored.rows, snapshot, options);
  const written = changes.filter((change) => !held.includes(change));
  const host = written.length > 0 || !isSameHost(stored.record, record) ? record : null;
  return { hostId: record.hostId, changes: written, held, kept, unchanged, host };
}

/** Every name that has a row or a session, in order. */
function factsByName(snapshot: Snapshot, rows: ReadonlyMap<string, RegistryRow>): NameFacts[] {
  const sessions = new Map(snapshot.sessions.map((session) => [storedText(session.name), session]));
  if (sessions.size < snapshot.sessions.length) {
    throw new PlumblineError('usage', 'sessions without homes have labels, not names: rows need homes');
  }
  const reports = new Map(snapshot.homes.map((home) => [storedText(home.name), home]));
  const incumbents = new Map(snapshot.incumbents.map((it) => [storedText(toText(it.name)), it]));
  const names = new Set([...sessions.keys(), ...rows.keys()]);
  const owners = new Map(snapshot.sessions.flatMap((it) => (it.pid === null ? [] : [[keyOf(it), it] as const])));
  return [...names].sort().map((name) => {
    const row = rows.get(name) ?? null;
    const owner = row?.pid == null ? undefined : owners.get(keyOf(row));
    const otherName = owner && storedText(owner.name) !== name ? storedText(owner.name) : null;
    return {
      name,
      row,
      session: sessions.get(name) ?? null,
      incumbent: incumbents.get(name) ?? null,
      isProvenEmpty: reports.get(name)?.verdict === 'none',
      otherName,
      observedAt: snapshot.observedAt,
    };
  });
}

function keyOf({ bootId, pid, startTimeTicks }: Pick<RegistryRow, 'bootId' | 'pid' | 'startTimeTicks'>): string {
  return `${bootId} ${pid} ${startTimeTicks}`;
}

/**
 * The brake: very many deaths at once are more likely a broken observer than a broken fleet. They are held, unless a
 * second complete look has proven each of them again. A second look proves nothing of processes that live and run no
 * command: a slip in the configuration is still there two seconds later.
 */
function heldDeaths(
  changes: readonly Change[],
  rows: readonly RegistryRow[],
  { host, coverage }: Snapshot,
  { maxDeaths, force, provenBefore }: PlanOptions,
): readonly Change[] {
  const deaths = changes.filter(({ isDeath }) => isDeath);
  const alive = rows.filter(({ status, bootId }) => status !== 'dead' && bootId === host.bootId).length;
  const limit = maxDeaths ?? Math.max(LEAST_DEATHS, alive / 2);
  if (force || deaths.length <= limit) return [];
  const hasLeft = ({ events }: Change) => events.some(({ kind }) => kind === 'left');
  const isProven = (change: Change) =>
    !hasLeft(change) &&
    (provenBefore?.some((it) => it.name === change.name && keyOf(it.after) === keyOf(change.after)) ?? false);
  return coverage.complete ? deaths.filter((change) => !isProven(change)) : deaths;
}

function recordOf(host: Host, observedAt: Date): HostRecord {
  const { bootId, pidNamespace, timeNamespace } = host;
  const hostId = requireHostId(host);
  if (bootId === null) {
    throw new PlumblineError('blind', 'rows need the boot id, and /proc/sys/kernel/random/boot_id may not be read', {
      hint: 'mount a whole procfs: mount -t proc proc /proc',
    });
  }
  return { hostId, bootId, pidNamespace, timeNamespace, observedAt };
}

function isSameHost(stored: HostRecord | null, now: HostRecord): boolean {
  return (
    stored !== null &&
    stored.bootId === now.bootId &&
    stored.pidNamespace === now.pidNamespace &&
    stored.timeNamespace === now.timeNamespace
  );
}
