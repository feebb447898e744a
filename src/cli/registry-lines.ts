import type { RegistryRow } from '../registry/row.ts';
import type { RegistryLine } from '../relations/registry.ts';
import type { Reconciled } from '../sync.ts';
import { describeEvents } from './render/plan.ts';

/** The rows as they are stored, each with what the kernel says now; and the sessions that have no row, last. */
export function registryLines({ stored, plan }: Reconciled): RegistryLine[] {
  const changes = new Map([...plan.changes, ...plan.held].map((change) => [change.name, change]));
  const kept = new Map(plan.kept.map(({ name, reason }) => [name, reason]));
  const lines = stored.rows.map((row): RegistryLine => {
    const change = changes.get(row.name);
    const reason = kept.get(row.name);
    if (change) return { ...lineOf(row), now: 'differs', difference: describeEvents(change) };
    if (reason !== undefined) return { ...lineOf(row), now: 'unknown', difference: reason };
    return { ...lineOf(row), now: 'same', difference: '' };
  });
  const fresh = [...changes.values()].filter(({ before }) => before === null);
  const none = { status: null, observedAt: null };
  return [
    ...lines,
    ...fresh.map((change): RegistryLine => {
      return { ...lineOf(change.after), ...none, now: 'new', difference: describeEvents(change) };
    }),
  ];
}

function lineOf(row: RegistryRow) {
  const { name, status, pid, startTimeTicks, bootId, terminal, pane, home, command, evidence } = row;
  const { startedAt, observedAt, endedAt } = row;
  return {
    name,
    status,
    pid,
    startTimeTicks,
    bootId,
    terminal,
    pane,
    home,
    command,
    evidence,
    startedAt,
    observedAt,
    endedAt,
  };
}
