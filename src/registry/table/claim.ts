import type { Incumbent } from '../../model/incumbent.ts';
import type { ColumnKind, TableMapping } from '../../model/table-mapping.ts';
import { type ByteString, toText } from '../../model/text.ts';
import type { Answer } from '../database.ts';
import { bytesOfStored, storedText } from '../stored-text.ts';

/** What one row of somebody else's table claims. */
export interface Claim {
  /** The key: the session's name. */
  readonly name: string;
  /** Null where the row names none. */
  readonly pid: number | null;
  /** What the row says of its session: its status, else whether it has an end. `other`: neither of the configured ones. */
  readonly says: 'alive' | 'dead' | 'other';
  /** Null where no host is mapped, or the row names none. */
  readonly host: string | null;
  readonly startedAt: Date | null;
  readonly observedAt: Date | null;
  /** When it ended, as the row says; null where it does not. */
  readonly endedAt: Date | null;
  /** Every mapped column as its text, for the comparison and for the compare-and-set. */
  readonly values: Readonly<Partial<Record<ColumnKind, string | null>>>;
}

/** The largest pid of a 64-bit Linux (PID_MAX_LIMIT). */
const MOST_PIDS = 4_194_304;

/** Reads what `readSql` gave. */
export function decodeClaims({ rows }: Answer, mapping: TableMapping): Claim[] {
  return rows.map((row): Claim => {
    const { key = null, started_ms = null, observed_ms = null, ended_ms = null, ...rest } = row;
    const values = rest as Claim['values'];
    return {
      name: key ?? '',
      pid: pidOf(values.pid ?? null),
      says: statusOf(values, mapping),
      host: values.host ?? null,
      startedAt: timeOf(started_ms),
      observedAt: timeOf(observed_ms),
      endedAt: timeOf(ended_ms),
      values,
    };
  });
}

/** A number that no process can have is no pid. */
function pidOf(text: string | null): number | null {
  const number = text !== null && /^\d{1,7}(?:\.0+)?$/.test(text.trim()) ? Number(text) : 0;
  return number > 0 && number <= MOST_PIDS ? number : null;
}

function statusOf(values: Claim['values'], { columns, alive, dead }: TableMapping): Claim['says'] {
  const { status } = values;
  if (columns.status !== undefined) {
    if (typeof status === 'string' && alive.includes(status)) return 'alive';
    return typeof status === 'string' && dead.includes(status) ? 'dead' : 'other';
  }
  if (columns.ended_at !== undefined) return values.ended_at == null ? 'alive' : 'dead';
  return values.pid == null ? 'dead' : 'alive';
}

function timeOf(milliseconds: string | null): Date | null {
  // `infinity` says nothing of when.
  const number = milliseconds === null ? Number.NaN : Number(milliseconds);
  return Number.isFinite(number) ? new Date(number) : null;
}

/** When somebody last said that the row's process lives; null where the table does not say. */
export function claimedAt({ startedAt, observedAt }: Pick<Claim, 'startedAt' | 'observedAt'>): Date | null {
  if (startedAt === null || observedAt === null) return observedAt ?? startedAt;
  return startedAt > observedAt ? startedAt : observedAt;
}

/** What to ask the next look about: who has the numbers of the rows that say alive. */
export function incumbentsOfClaims(claims: readonly Claim[]): Map<ByteString, Incumbent> {
  const incumbents = new Map<ByteString, Incumbent>();
  for (const claim of claims) {
    if (claim.pid === null || claim.says !== 'alive' || !isCanonical(claim.name)) continue;
    const observedAt = claimedAt(claim);
    incumbents.set(bytesOfStored(claim.name), { pid: claim.pid, bootId: null, startTimeTicks: null, observedAt });
  }
  return incumbents;
}

/** Whether a key is a name as plumbline writes it: two that mean the same bytes would be taken for each other. */
export function isCanonical(name: string): boolean {
  return storedText(toText(bytesOfStored(name))) === name;
}
