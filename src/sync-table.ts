import { readHost } from './kernel/host.ts';
import { liveMachine } from './kernel/machine.ts';
import { cpuMeter } from './kernel/own-cpu.ts';
import { seesOwnNamespace } from './model/coverage.ts';
import { requireSessions } from './model/require-sessions.ts';
import type { Snapshot } from './model/snapshot.ts';
import type { Text } from './model/text.ts';
import { observe } from './observe.ts';
import { requireHostId } from './registry/host.ts';
import { historyDaysOf } from './registry/retention.ts';
import { storedText } from './registry/stored-text.ts';
import { incumbentsOfClaims } from './registry/table/claim.ts';
import { type Compared, planTable, type TablePlan, type TablePlanOptions } from './registry/table/plan.ts';
import type { Table } from './registry/table/table.ts';
import { SECOND_LOOK_MS, type SyncOptions, united } from './sync.ts';

/** What one look saw, and what it wrote. */
export interface ReconciledTable {
  readonly snapshot: Snapshot;
  readonly plan: TablePlan;
  /** Rows that did not change, time and again: somebody else was faster, or a trigger leaves them as they are. */
  readonly lost: readonly string[];
  /** Rows that the table refuses, with the server's reason: the others are right. */
  readonly refused: ReadonlyMap<string, string>;
}

/** One pass, and how long its last look took. */
export interface TablePass extends ReconciledTable {
  readonly lookMs: number;
  /** Its CPU time, as of a pass over plumbline's own rows, and how long the database worked on them. */
  readonly lookCpuMs: number;
}

/** How often a row that somebody else changes meanwhile is looked at again. */
const TRIES = 3;

/**
 * Makes the rows of somebody else's table say what the kernel says: see `plumb sync --table`.
 * Each look is one transaction, and a row is changed only if it still holds what was read. Where that was lost to
 * somebody else it is looked at again.
 *
 * Needs:  homes and commands; the right to read and to update the mapped columns
 * @throws {PlumblineError} `usage` without homes or commands; what `observe` and the database throw
 */
export async function syncTable(table: Table, options: Omit<SyncOptions, 'adoptHost'>): Promise<ReconciledTable> {
  const first = await passes(table, options, []);
  if (first.plan.held.length === 0 || options.dryRun || !seesOwnNamespace(first.snapshot.coverage)) return first;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  const second = await passes(table, options, first.plan.held);
  return { ...second, plan: { ...second.plan, changes: united(first.plan.changes, second.plan.changes) } };
}

/** Compares the table with the kernel, and writes nothing. */
export function compareTable(table: Table, options: Omit<SyncOptions, 'adoptHost'>): Promise<ReconciledTable> {
  return pass(table, { ...options, dryRun: true }, []);
}

/**
 * One look and one transaction, and where somebody else has changed rows meanwhile further ones: what a watch runs
 * again and again.
 * @param provenBefore the deaths that an earlier look, at least `SECOND_LOOK_MS` ago, has proven and held
 */
export async function passes(
  table: Table,
  options: Omit<SyncOptions, 'adoptHost'>,
  provenBefore: readonly Compared[],
): Promise<TablePass> {
  let done = await pass(table, options, provenBefore);
  for (let tries = 1; tries < TRIES && done.lost.length > 0; tries++) {
    const earlier = done.plan.changes.filter(({ name }) => !done.lost.includes(name));
    const next = await pass(table, options, provenBefore);
    done = { ...next, plan: { ...next.plan, changes: united(earlier, next.plan.changes) } };
  }
  return done;
}

async function pass(
  table: Table,
  { dryRun, force, maxDeaths, historyDays, ...question }: Omit<SyncOptions, 'adoptHost'>,
  provenBefore: readonly Compared[],
): Promise<TablePass> {
  requireSessions(question);
  const machine = question.machine ?? liveMachine();
  const id = requireHostId(readHost(machine, question.hostId ?? null));
  const look = async () => {
    const startedMs = performance.now();
    const cpuMs = cpuMeter(machine);
    const clockSkewMs = await table.clockSkewMs();
    const claims = await table.read(id);
    const readMs = performance.now() - startedMs;
    // An empty home is looked at twice; only rows that say otherwise need that.
    const alive = new Set(claims.map(({ name }) => name));
    const proveAbsence = (name: Text) => alive.has(storedText(name));
    const incumbents = incumbentsOfClaims(claims);
    // What no column holds is not asked for.
    const panes = table.mapping.columns.pane !== undefined && (question.panes ?? true);
    const snapshot = await observe({ ...question, machine, incumbents, proveAbsence, panes });
    const lively = snapshot.sessions.filter(({ verdict }) => verdict !== 'unknown').map(({ name }) => storedText(name));
    const others = await table.readNamed(
      id,
      lively.filter((name) => !alive.has(name)),
    );
    const options: TablePlanOptions = {
      force: force ?? false,
      maxDeaths: maxDeaths ?? null,
      provenBefore,
      clockSkewMs,
    };
    const plan = planTable(snapshot, [...claims, ...others], table.mapping, options);
    // Of a large table reading costs more than looking, and mostly the database.
    return { snapshot, lookMs: performance.now() - startedMs, lookCpuMs: readMs + cpuMs(), plan };
  };
  if (dryRun) return { ...(await look()), lost: [], refused: new Map() };
  return table.exclusively(id, async () => {
    const { plan, ...seen } = await look();
    const { lost, refused } = await table.apply(plan, historyDaysOf(historyDays));
    const changes = plan.changes.filter(({ name }) => !lost.includes(name) && !refused.has(name));
    return { ...seen, lost, refused, plan: { ...plan, changes } };
  });
}
