import { MachineLook } from '../../src/look/machine-look.ts';
import type { CoverageReason } from '../../src/model/coverage.ts';
import type { ObserveOptions } from '../../src/observe.ts';
import { MOUNTS } from '../../src/relations/mounts.ts';
import { toWire } from '../../src/relations/wire.ts';
import { undisturbed } from './undisturbed.ts';

/** A row of `plumb mounts`, as it stands in JSON. */
export interface MountRow {
  readonly mount_namespace: string | null;
  readonly mount_id: number;
  readonly parent_id: number | null;
  readonly device: string | null;
  readonly root: string | null;
  readonly mount_point: string | null;
  readonly options: string | null;
  readonly propagation: string | null;
  readonly optional_fields: string | null;
  readonly fs_type: string | null;
  readonly source: string | null;
  readonly super_options: string | null;
  readonly covered: boolean | null;
  readonly home: string | null;
  readonly home_mark: string | null;
  readonly homes: readonly { name: string | null; path: string | null; mark: string; pid: number | null }[];
  readonly read_through: number;
  readonly session: string | null;
  readonly sessions: readonly { name: string; joined_by: string }[];
}

/** What a look at the mounts gave. */
export interface MountRows {
  readonly rows: readonly MountRow[];
  readonly coverage: { readonly reasons: readonly CoverageReason[] };
}

/** Looks at the mounts, all or those of one session; again where a storm disturbed it. Agents are called `claude`. */
export async function mountRows(options: ObserveOptions = {}, session: string | null = null): Promise<MountRows> {
  return undisturbed(['churn', 'hidden', 'unstable'], async () => {
    const look = await MachineLook.open({ commands: ['claude'], ...options });
    const named = look.snapshot.sessions.filter(({ name }) => name.text === session);
    const rows = await MOUNTS.rows(look, {
      sessions: session === null ? null : new Set(named),
      wants: () => true,
      options: {},
    });
    // The relation has been checked with its rows where it was described.
    const wire = rows.map((row) => toWire(MOUNTS, row as never) as unknown as MountRow);
    return { rows: wire, coverage: look.coverage() };
  });
}
