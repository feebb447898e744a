import { SqlError } from '../sql-error.ts';
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts';
import { REFUSED_FUNCTIONS } from './refused-functions.ts';
import type { StatementText } from './statement-text.ts';
import { namesIn, type Struct } from './tree.ts';

/** Where the functions are that may be called; nothing else is in the engine but file_fdw's own. */
const SCHEMAS = ['', 'pg_catalog', 'information_schema'];

/** Functions that have a reason of their own. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^pg_sleep/, 'It would keep all other clients waiting. Wait on your side.'],
  [
    /_to_xml|^ts_stat$|^ts_rewrite$/,
    'It reads tables whose names stand in a text, where they are not seen. Use a query.',
  ],
  [/^pg_(?:cancel|terminate)_backend$/, "Cancel with the request of Postgres's protocol, as psql does with Ctrl-C."],
  [/^set_config$/, 'Use SET, or SELECT set_config(…) alone, with the name of a setting as a constant.'],
  [
    /advisory|^(?:next|set|curr|last)val$|^lo_|^lo[rw]/,
    'Nothing is written or locked here. Use your own database for it.',
  ],
  [/file|^pg_ls_|^lo_(?:im|ex)port$/, 'No files are read here.'],
];

/**
 * Only functions that compute, or that tell of the catalogue, may be called.
 * @throws {SqlError} `42501` not this one, `42883` there is none of this name
 */
export function mustBeAllowed(call: Struct, text: StatementText): void {
  const names = namesIn(call['funcname']);
  const [schema = '', name = ''] = names.length > 1 ? names.slice(-2) : ['', ...names];
  const isOfPostgres = names.length < 3 && SCHEMAS.includes(schema);
  if (isOfPostgres && ALLOWED_FUNCTIONS.has(name)) return;
  if (isOfPostgres && REFUSED_FUNCTIONS.has(name)) throw refusedCall(name, positionOf(call, text));
  throw new SqlError('42883', `function ${names.join('.')} does not exist here`, {
    ...positionOf(call, text),
    hint: 'There are the functions of pg_catalog and information_schema, and no others.',
  });
}

/**
 * `row.name` is `name(row)` where there is no such column.
 * @throws {SqlError} `42501`
 */
export function mustBeNoCall(fields: readonly unknown[], reference: Struct, text: StatementText): void {
  const name = namesIn(fields).find((it) => REFUSED_FUNCTIONS.has(it));
  if (name !== undefined) throw refusedCall(name, positionOf(reference, text));
}

function refusedCall(name: string, details: { readonly position: number }): SqlError {
  const own = HINTS.find(([pattern]) => pattern.test(name))?.[1];
  return new SqlError('42501', `permission denied for function ${name}`, {
    ...details,
    hint: own ?? 'Functions can be called here that compute something, or tell of the catalogue, and change nothing.',
  });
}

function positionOf(node: Struct, text: StatementText): { readonly position: number } {
  return { position: text.position(typeof node['location'] === 'number' ? node['location'] : 0) };
}
