import { PlumblineError } from '../../model/errors.ts';
import type { Database } from '../../registry/database.ts';
import type { Made } from '../made.ts';
import type { Names } from '../names.ts';
import type { State } from '../state.ts';
import { homesTables } from './homes-tables.ts';
import { electionSql } from './kernel.ts';
import { KERNEL_VIEWS } from './kernel-views.ts';
import { sourcesSql } from './sources.ts';
import { tryPins } from './trial.ts';

/** Of `--via bpf`: whose kernel is read, and where. */
export interface PinnedMachine {
  /** The directory with the pinned programs. */
  readonly pins: string;
  readonly hostId: string;
  readonly bootId: string | null;
  readonly pidNamespace: bigint | null;
}

/** Where the tables of the kernel come from, when nothing of plumb runs. */
export interface PinnedSource {
  readonly live: Made;
  readonly servers: readonly string[];
  /** The views that may be granted. */
  readonly relations: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Works out the tables and views that are read from what the kernel writes itself.
 * @throws {PlumblineError} `registry` where that server cannot read it, `schema`, `unsupported`
 */
export async function pinnedSource(
  database: Database,
  machine: PinnedMachine,
  { names, state }: { readonly names: Names; readonly state: State },
): Promise<PinnedSource> {
  const { pins, hostId, bootId, pidNamespace } = machine;
  if (pidNamespace === null) {
    throw new PlumblineError('blind', 'the pid namespace of plumb is not known: /proc/self/ns/pid could not be read', {
      hint: 'mount /proc',
    });
  }
  const notes = await tryPins(database, { pins, bootId, pidNamespace });
  const parts = [
    sourcesSql(pins, { names, state }),
    homesTables(state, database.place),
    electionSql({ names, hostId, pidNamespace }, state),
  ];
  return {
    live: { statements: parts.flatMap((it) => it.statements), objects: parts.flatMap((it) => it.objects) },
    servers: [names.server('bpf')],
    relations: KERNEL_VIEWS,
    notes,
  };
}

/**
 * Reads every view once, within the transaction that has made them.
 * @returns what is worth knowing: homes that nobody has stored
 */
export async function verifyPinned(database: Database, { at }: Names, hostId: string): Promise<string[]> {
  await database.query(`select count(*) from ${at('processes')}`);
  const { rows } = await database.query(
    `select exists (select from plumbline.home_rules where host_id = $1::text)::text as has_rules`,
    [hostId],
  );
  if (rows[0]?.['has_rules'] !== 'true') {
    return [
      'no homes of this machine are stored there, and without them there are no sessions: plumb homes --store --db …',
    ];
  }
  await database.query(`select count(*) from ${at('sessions')}`);
  await database.query(`select count(*) from ${at('homes')}`);
  return [];
}
