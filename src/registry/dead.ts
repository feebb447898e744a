import type { Evidence } from '../model/evidence.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EventKind, SessionEvent } from './events.ts';
import type { Change, Plan } from './plan.ts';
import type { RowFacts, StoredHost, StoredRow } from './row.ts';
import { storedText } from './stored-text.ts';

/**
 * Why a row is dead.
 * - `exited`, `rebooted`, `left`: as an `Ending`.
 * - `renamed`: its process lives, and is the session of another home. `emptied`: it named no process, and its home is
 *   empty. `disowned`: where it was counted is no more, as a person has said.
 */
export type DeathCause = 'exited' | 'rebooted' | 'left' | 'renamed' | 'emptied' | 'disowned';

/** One row whose process is proven to have ended. */
export interface DeadLine {
  readonly name: string;
  readonly pid: number | null;
  /** Null in somebody else's table. */
  readonly startTimeTicks: bigint | null;
  readonly bootId: string | null;
  /** Whether the row itself says dead; else it still says that its process lives. */
  readonly recorded: boolean;
  /** Null where it was recorded, and the history does not go back so far. */
  readonly cause: DeathCause | null;
  readonly startedAt: Date | null;
  /** What the row says; null where it says nothing of an end. */
  readonly endedAt: Date | null;
  /** The process that is the session now; null where there is none. */
  readonly successor: number | null;
  /** What proves it, in a few words. */
  readonly proof: string;
  readonly evidence: readonly Evidence[];
}

/** The last end of each name that the history has, and whose it was. */
export type Endings = ReadonlyMap<string, { readonly pid: number | null; readonly cause: DeathCause }>;

/** What an event says of an end; null for one that is none. */
export function deathCause(event: string): DeathCause | null {
  return CAUSES.get(event) ?? null;
}

const CAUSES: ReadonlyMap<string, DeathCause> = new Map<EventKind, DeathCause>([
  ['died', 'exited'],
  ['rebooted', 'rebooted'],
  ['left', 'left'],
  ['renamed', 'renamed'],
  ['emptied', 'emptied'],
  ['disowned', 'disowned'],
]);

/** Which of plumbline's own rows are dead: those that do not say so yet, and those that do, by name. */
export function deadOfPlan(
  { changes, held }: Pick<Plan, 'changes' | 'held'>,
  { rows }: Pick<StoredHost, 'rows'>,
  { sessions }: Pick<Snapshot, 'sessions'>,
  endings: Endings,
): DeadLine[] {
  const living = new Set(sessions.map(({ name }) => storedText(name)));
  const found = [...changes, ...held].flatMap(deadOfChange);
  const recorded = rows.filter(({ name, status }) => status === 'dead' && !living.has(name));
  return [...found, ...recorded.map((row) => deadOfRow(row, endings))].sort(byName);
}

/** In the order of names. */
export function byName(a: Pick<DeadLine, 'name'>, b: Pick<DeadLine, 'name'>): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function deadOfChange({ before, after, events }: Change): DeadLine[] {
  const end = events.find(({ kind }) => deathCause(kind) !== null);
  if (!before || before.status === 'dead' || !end) return [];
  const successor = after.status === 'alive' ? after.pid : null;
  return [{ ...lineOf(before), recorded: false, ...proofOf(end), cause: deathCause(end.kind), successor }];
}

function proofOf({ kind, of: { evidence } }: SessionEvent): Pick<DeadLine, 'proof' | 'evidence'> {
  // A process that is the session of another home is shown to live first, and where last.
  const proof = kind === 'renamed' ? evidence.at(-1)?.value : evidence[0]?.fact;
  return { proof: proof ?? kind, evidence };
}

function deadOfRow(row: StoredRow, endings: Endings): DeadLine {
  const end = endings.get(row.name);
  const cause = end && end.pid === row.pid ? end.cause : null;
  const proof = row.evidence[0]?.fact ?? 'the row says so, without evidence';
  return { ...lineOf(row), recorded: true, cause, successor: null, proof, evidence: row.evidence };
}

function lineOf({ name, pid, startTimeTicks, bootId, startedAt, endedAt }: RowFacts) {
  return { name, pid, startTimeTicks, bootId, startedAt, endedAt };
}
