import * as z from 'zod/mini';
import { SOURCE_CHOICES } from '../model/look-source.ts';

/** What a configuration file may hold. Paths and names are checked after it, by the code that reads flags as well. */
export const FILE_SCHEMA = z.strictObject({
  homes: z.optional(z.union([z.array(z.string()), z.record(z.string(), z.string())])),
  commands: z.optional(z.array(z.string())),
  terminal: z.optional(z.enum(['required', 'optional'])),
  source: z.optional(z.enum(SOURCE_CHOICES)),
  host: z.optional(z.strictObject({ id: z.optional(z.string()) })),
  registry: z.optional(
    z.strictObject({
      url: z.optional(z.string()),
      max_dead_per_pass: z.optional(z.int().check(z.nonnegative())),
      table: z.optional(z.string()),
      key: z.optional(z.string()),
      columns: z.optional(z.record(z.string(), z.string())),
      alive: z.optional(z.array(z.string())),
      dead: z.optional(z.array(z.string())),
      this_host: z.optional(z.boolean()),
      insert: z.optional(z.boolean()),
      touch_seconds: z.optional(z.int().check(z.positive())),
      history_days: z.optional(z.int().check(z.gte(1))),
    }),
  ),
});

/** One mistake in the shape of a file. */
export interface ShapeMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The keys that would be right here, for an unknown one. */
  readonly knownKeys: readonly string[];
}

const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(FILE_SCHEMA.shape),
  host: ['id'],
  registry: 'url max_dead_per_pass history_days table key columns alive dead this_host insert touch_seconds'.split(' '),
};

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string in quotes',
  array: 'an array',
  object: 'a table',
  record: 'a table',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
};

/** Puts what the schema says against a file into words. */
export function shapeMistakes(issues: readonly z.core.$ZodIssue[], root: unknown): ShapeMistake[] {
  return issues.flatMap((issue) => describe(issue, root, []));
}

function describe(issue: z.core.$ZodIssue, root: unknown, parents: readonly (string | number)[]): ShapeMistake[] {
  const path = [...parents, ...issue.path.filter((key) => typeof key !== 'symbol')];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const knownKeys = KNOWN_KEYS[path.join('.')] ?? [];
      return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such key', knownKeys }));
    }
    case 'invalid_union':
      return describeUnion(issue, root, path);
    case 'invalid_value':
      return mistakeAt(path, `expected ${issue.values.map((it) => JSON.stringify(it)).join(' or ')}`, root);
    case 'too_small':
      return mistakeAt(path, `expected a number of at least ${issue.minimum}`, root);
    case 'invalid_type':
      return mistakeAt(path, `expected ${NOUNS[issue.expected] ?? issue.expected}`, root);
    default:
      return mistakeAt(path, issue.message, root);
  }
}

/** The branch that got furthest into the value is the one that was meant. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, root: unknown, path: readonly (string | number)[]) {
  const meant = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0));
  if (meant) return meant.flatMap((inner) => describe(inner, root, path));
  return mistakeAt(path, 'expected an array of strings, or a table of name = "path"', root);
}

function mistakeAt(path: readonly (string | number)[], expected: string, root: unknown): ShapeMistake[] {
  // zod found the mistake at this path, so everything above it is a table or an array.
  const found = path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], root);
  return [{ path, message: `${expected}, found ${nounOf(found)}`, knownKeys: [] }];
}

function nounOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object') return 'a table';
  return typeof value === 'string' ? JSON.stringify(value) : `the ${typeof value} ${value}`;
}
