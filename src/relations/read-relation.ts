import type { MachineLook } from '../look/machine-look.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Session } from '../model/session.ts';
import type { Field } from './column.ts';
import { type KernelRelation, optionName, withRequested } from './kernel-relation.ts';
import { KERNEL_RELATIONS } from './kernel-relations.ts';
import { toWire, type WireObject } from './wire.ts';

/** Which rows of a relation are wanted, and what of them. */
export interface RelationQuery {
  /** Only what belongs to these sessions of the look; everything, without. */
  readonly sessions?: Iterable<Session>;
  /** Only these columns, in this order, which can save reads; without, all that are not on request alone. */
  readonly columns?: readonly string[];
  /** The options of the relation's command, by their names: `{ to: '192.0.2.1' }` of routes. */
  readonly options?: Readonly<Record<string, string | boolean>>;
}

/**
 * The rows of a relation as JSON has them: the keys are its columns, in `docs/relations.md`; u64 are decimal strings,
 * times RFC 3339, what is not known is null. What could not be seen is in `look.coverage()` afterwards.
 * @param name of one of `KERNEL_RELATIONS`
 * @throws {PlumblineError} `usage` for a relation, a column, an option or a session that is none
 */
export async function readRelation(look: MachineLook, name: string, query: RelationQuery = {}): Promise<WireObject[]> {
  const { options = {} } = query;
  const asked = relationOf(name);
  refuseUnknown(asked, options);
  const relation = answering(asked, options);
  const columns = columnsOf(
    withRequested(relation, () => query.columns !== undefined),
    query.columns,
  );
  const sessions = query.sessions === undefined ? null : new Set(query.sessions);
  for (const session of sessions ?? []) {
    if (look.snapshot.sessions.includes(session)) continue;
    throw new PlumblineError('usage', `${session.name.text} is a session of another look`, {
      hint: 'take sessions from look.snapshot.sessions',
    });
  }
  const names = new Set(columns.map((it) => it.name));
  const rows = await relation.rows(look, { sessions, wants: (column) => names.has(column), options });
  // The relation was checked with its rows where it was described; only their type is forgotten since.
  return rows.map((row) => toWire({ columns }, row as never));
}

/** The relation that answers where these options are given: some ask for something else. */
export function answering(relation: KernelRelation, options: Readonly<Record<string, unknown>>): KernelRelation {
  const { instead } = relation;
  return instead && options[instead.option] !== undefined ? instead.relation : relation;
}

function relationOf(name: string): KernelRelation {
  const relation = KERNEL_RELATIONS.find((it) => it.name === name);
  if (relation) return relation;
  const names = KERNEL_RELATIONS.map((it) => it.name).join(', ');
  throw new PlumblineError('usage', `there is no relation ${name}`, { hint: `there are ${names}` });
}

/** An option that nobody reads would ask for one thing and get another. */
function refuseUnknown({ name, options = [] }: KernelRelation, given: Readonly<Record<string, unknown>>): void {
  const names = options.map(optionName);
  const unknown = Object.keys(given).find((it) => !names.includes(it));
  if (unknown === undefined) return;
  throw new PlumblineError('usage', `${name} have no option ${unknown}`, {
    hint: names.length === 0 ? 'they have none' : `they have ${names.join(', ')}`,
  });
}

function columnsOf({ name, columns }: KernelRelation, wanted: readonly string[] | undefined): readonly Field[] {
  return (
    wanted?.map((word) => {
      const column = columns.find((it) => it.name === word);
      if (column) return column;
      const names = columns.map((it) => it.name).join(', ');
      throw new PlumblineError('usage', `${name} have no column ${word}`, { hint: `they have ${names}` });
    }) ?? columns
  );
}
