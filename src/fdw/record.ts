import { PlumblineError } from '../model/errors.ts';
import { quoteIdentifier } from '../registry/identifiers.ts';

const KINDS = ['view', 'function', 'table', 'foreign table', 'user mapping', 'server', 'schema', 'extension'] as const;

/** Something that an installation has made in the database. */
export interface MadeObject {
  readonly kind: (typeof KINDS)[number];
  /** Null for what stands in no schema. */
  readonly schema: string | null;
  /** Of a user mapping: its server. */
  readonly name: string;
  /** Of a function: the types that it takes, `text, text`. */
  readonly takes?: string;
  /** Of a function that gives rows: which, in short. One that gives others now has to be made anew. */
  readonly gives?: string;
}

/** What the comment of the inner schema says of what was made: `plumb fdw remove` takes out exactly that. */
export function recordOf(made: readonly MadeObject[], mark: string): string {
  return `${mark}\n${JSON.stringify(made)}`;
}

/** @throws {PlumblineError} `schema` where the record was changed */
export function readRecord(comment: string | null, mark: string): MadeObject[] {
  if (comment === null) return [];
  try {
    const made = JSON.parse(comment.slice(mark.length)) as MadeObject[];
    // A comment is whoever's the schema is: nothing of it is run as it stands there.
    if (made.every(isObject)) return made;
  } catch {
    // Told below.
  }
  throw new PlumblineError('schema', 'the record of what was installed, a comment on a schema, has been changed', {
    hint: 'drop the schemas by hand: \\dn+ shows them',
  });
}

function isObject({ kind, schema, name, takes = '' }: MadeObject): boolean {
  const isName = (it: unknown) => typeof it === 'string' && it !== '';
  const isPlace = schema === null || isName(schema);
  return KINDS.includes(kind) && isPlace && isName(name) && /^(?:[a-z][a-z ]*(?:\[\])?(?:, )?)*$/.test(takes);
}

/** Takes one away, where nothing else depends on it. */
export function dropSql({ kind, schema, name, takes }: MadeObject): string {
  if (kind === 'user mapping') return `drop user mapping if exists for public server ${quoteIdentifier(name)};`;
  const place = schema === null ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
  return `drop ${kind} if exists ${place}${kind === 'function' ? `(${takes ?? ''})` : ''} restrict;`;
}

/** A text in short, to tell it from others. */
export function shortOf(text: string): string {
  return [...Buffer.from(text)].reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7).toString(36);
}

/** Whether a function that is there gives other rows than the one that is to be: Postgres replaces no such one. */
export function hasOtherRows(made: readonly MadeObject[], wanted: readonly MadeObject[]): boolean {
  return made.some((was) => wanted.some((it) => isSameObject(it, was) && it.gives !== was.gives));
}

/** Whether two are the same thing. */
export function isSameObject(a: MadeObject, b: MadeObject): boolean {
  return a.kind === b.kind && a.schema === b.schema && a.name === b.name && (a.takes ?? '') === (b.takes ?? '');
}
