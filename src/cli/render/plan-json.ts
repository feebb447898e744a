import type { Snapshot } from '../../model/snapshot.ts';
import type { Change, Plan } from '../../registry/plan.ts';
import { AMBIGUOUS, CHANGES, type ChangeRow, KEPT } from '../../relations/changes.ts';
import { toWire } from '../../relations/wire.ts';
import { answerJson } from './json.ts';

/** A plan with all that it was made from: what is written, what is held back, and what stays for lack of sight. */
export function planJson(
  snapshot: Snapshot,
  { changes, held, kept, ambiguous, unchanged }: Plan,
  { place, dryRun }: { readonly place: string; readonly dryRun: boolean },
  pretty: boolean,
): string {
  const rows = (list: readonly Change[]) => list.map((change) => toWire(CHANGES, rowOf(change)));
  return answerJson(
    snapshot,
    {
      registry: place,
      dry_run: dryRun,
      changes: rows(changes),
      held: rows(held),
      kept: kept.map((it) => toWire(KEPT, it)),
      ambiguous: ambiguous.map((it) => toWire(AMBIGUOUS, it)),
      unchanged: unchanged.length,
    },
    pretty,
  );
}

function rowOf({ name, before, after, fields, events }: Change): ChangeRow {
  const { status, pid, startTimeTicks, terminal, pane, evidence } = after;
  const change = before === null ? 'insert' : 'update';
  const kinds = events.map(({ kind }) => kind);
  return { name, change, status, pid, startTimeTicks, terminal, pane, fields, events: kinds, evidence };
}
