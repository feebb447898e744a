import { nearest } from '../config/nearest.ts';
import { PlumblineError } from '../model/errors.ts';
import type { Field, Relation } from '../relations/column.ts';
import { type Call, type Format, formatOf, isByColumns } from './call.ts';

/** What is known of rows whose columns can be chosen. */
export interface Choice {
  /** What the rows are, in the plural. */
  readonly name: string;
  readonly columns: readonly Field[];
  /** The columns of a table and of lines. */
  readonly shown: readonly string[];
}

/**
 * The columns that are told: those that were asked for, in their order, or what the format has: a table and lines the
 * shown ones, the others all.
 * @throws {PlumblineError} `usage` for a name that is none, or stands there twice
 */
export function chooseColumns(call: Call, it: Choice): readonly Field[] {
  const format = formatOf(call);
  if (call.columns !== null) {
    const named = namesOf(call.columns).map((name) => columnOf(it, name));
    return isNested(format) ? joined(named) : named.map(({ path, field }) => ({ ...field, name: path.join('.') }));
  }
  if (isNested(format)) return it.columns;
  if (format === 'wide') return flat(it.columns);
  return it.shown.map((name) => columnOf(it, name).field);
}

/** A relation whose table and lines are not made from its columns, unless they are asked for by name. */
export function choiceOf<Row>({ name, columns }: Pick<Relation<Row>, 'name' | 'columns'>): Choice {
  // The rows are printed with the columns that were checked with them: only their type is forgotten here.
  return { name, columns: columns as Choice['columns'], shown: columns.map((it) => it.name) };
}

/**
 * The columns of an answer that is written from them; null where the command has its own way of writing it.
 * @throws {PlumblineError} `usage` for a column that is none
 */
export function columnsOf<Row>(call: Call, relation: Pick<Relation<Row>, 'name' | 'columns'>): readonly Field[] | null {
  return isByColumns(call) ? chooseColumns(call, choiceOf(relation)) : null;
}

/** JSON has objects within objects; a table and lines have a column for each of their columns. */
function isNested(format: Format): boolean {
  return format === 'json' || format === 'ndjson';
}

function namesOf(typed: string): string[] {
  const names = typed.split(',').map((word) => word.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw new PlumblineError('usage', `--columns: ${twice || 'nothing'} stands there twice`, {
    hint: 'each column once',
  });
}

interface Named {
  readonly path: readonly string[];
  /** Where the name is one of a nested column, that one with it alone. */
  readonly field: Field;
}

function columnOf(it: Choice, name: string): Named {
  const [first = '', ...inner] = name.split('.');
  const outer = it.columns.find((one) => one.name === first);
  if (outer && inner.length === 0) return { path: [name], field: outer };
  if (outer && 'columns' in outer) {
    const below = columnOf({ name: `${first} of ${it.name}`, columns: outer.columns, shown: [] }, inner.join('.'));
    return { path: [first, ...below.path], field: { ...outer, columns: [below.field] } };
  }
  const names = namesIn(it.columns);
  const meant = nearest(name, names);
  throw new PlumblineError('usage', `--columns: ${it.name} have no column ${name || 'without a name'}`, {
    hint: meant === null ? `they have ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}

/** Every name that can be asked for: of a nested column itself, and of what it holds. */
export function namesIn(columns: readonly Field[]): string[] {
  return columns.flatMap((it) => {
    const inner = 'columns' in it ? namesIn(it.columns).map((name) => `${it.name}.${name}`) : [];
    return [it.name, ...inner];
  });
}

/** For JSON: what was asked for of one nested column stands in one object. */
function joined(named: readonly Named[]): Field[] {
  const byName = new Map<string, Field>();
  for (const { field } of named) {
    const before = byName.get(field.name);
    byName.set(field.name, before ? together(before, field) : field);
  }
  return [...byName.values()];
}

function together(a: Field, b: Field): Field {
  if (!('columns' in a && 'columns' in b)) return a;
  const names = new Set([...a.columns, ...b.columns].map(({ name }) => name));
  const columns = [...names].map((name) => {
    const both = [a, b].flatMap((it) => it.columns.filter((one) => one.name === name));
    return both.reduce(together);
  });
  return { ...a, columns };
}

/** For a table: the columns of an object stand beside the others; a list is one column. */
function flat(columns: readonly Field[]): Field[] {
  return columns.flatMap((it) => {
    if (it.type !== 'object') return [it];
    return flat(it.columns).map((inner) => ({ ...it, name: `${it.name}.${inner.name}`, columns: [inner] }));
  });
}
