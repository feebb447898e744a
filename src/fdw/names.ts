import { PlumblineError } from '../model/errors.ts';
import { quoteIdentifier } from '../registry/identifiers.ts';
import { shortOf } from './record.ts';

/** Postgres cuts a longer name. */
const NAME_BYTES = 63;
const INNER = '_hosts';

/** What the objects of one installation are called, each as SQL takes it. */
export interface Names {
  /** The schema, as the operator names it. */
  readonly schema: string;
  /** The schema with what stands behind: the foreign tables of each host, and functions of our own. */
  readonly inner: string;
  /** Something in the schema. */
  readonly at: (name: string) => string;
  /** Something in the inner one. */
  readonly within: (name: string) => string;
  /** The foreign table of a live table on a host, without its schema. */
  readonly part: (table: string, host: string) => string;
  /** The foreign server of a host, without quotes. */
  readonly server: (host: string) => string;
}

/** @throws {PlumblineError} `usage` for a schema that cannot be */
export function namesOf(schema: string): Names {
  const fail = (message: string, hint: string): never => {
    throw new PlumblineError('usage', `--schema ${schema}: ${message}`, { hint });
  };
  if (schema === '') fail('it is empty', 'leave it out for kernel');
  if (schema.startsWith('pg_')) fail('names that begin with pg_ are of Postgres itself', 'another name');
  if (Buffer.byteLength(schema) + INNER.length > NAME_BYTES)
    fail('it is too long', `at most ${NAME_BYTES - INNER.length} bytes`);
  if (schema.includes('\0')) fail('it holds a zero byte', 'another name');
  const inner = `${schema}${INNER}`;
  return {
    schema,
    inner,
    at: (name) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
    within: (name) => `${quoteIdentifier(inner)}.${quoteIdentifier(name)}`,
    part: (table, host) => cut(`${table}_${host}`),
    server: (host) => cut(`${schema}_${host}`),
  };
}

/** Postgres would cut it too, and say so each time; two that are cut alike are told by their ends. */
function cut(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES) return name;
  const sum = shortOf(name);
  const start = Buffer.from(name)
    .subarray(0, NAME_BYTES - sum.length - 1)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${start}_${sum}`;
}
