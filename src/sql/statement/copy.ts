import { quoteIdentifier } from '../../registry/identifiers.ts';
import { type Place, reading } from './parts.ts';
import { denied, notHere, readOnly } from './refused.ts';
import type { Statement } from './statement.ts';
import { namesIn, type Struct, structOf, textOf } from './tree.ts';

const HINT = "Anyone can COPY to stdout. psql's \\copy command also works for anyone.";

/** COPY … TO STDOUT, of a query or a table. */
export function copyOf(place: Place, body: Struct): Statement {
  mustBeToClient(body);
  const run = { kind: 'run', isCopy: true, executes: null } as const;
  const relation = structOf(body['relation']);
  if (relation === null) return { ...reading(place, body['query']), ...run };
  const columns = namesIn(body['attlist']);
  const query = queryOf(relation, columns);
  const common = reading(place, query);
  if (common.tables.size === 0) return { ...common, ...run };
  return { ...common, text: asQuery(place, relation, columns), ...run };
}

function mustBeToClient(body: Struct): void {
  if (body['is_program'] === true) {
    const detail = 'Only roles with privileges of the "pg_execute_server_program" role may do that.';
    throw denied('permission denied to COPY to or from an external program', HINT, detail);
  }
  const isFrom = body['is_from'] === true;
  if ('filename' in body) {
    throw denied(
      `permission denied to COPY ${isFrom ? 'from' : 'to'} a file`,
      HINT,
      'No files are read or written here.',
    );
  }
  if (isFrom) throw readOnly('COPY FROM');
}

/** The same rows, as a query that can be looked through. */
function queryOf(relation: Struct, columns: readonly string[]): unknown {
  const fields = columns.length === 0 ? [[{ A_Star: {} }]] : columns.map((it) => [{ String: { sval: it } }]);
  const targetList = fields.map((it) => ({ ResTarget: { val: { ColumnRef: { fields: it } } } }));
  return { SelectStmt: { targetList, fromClause: [{ RangeVar: relation }] } };
}

function asQuery({ text, start, end }: Place, relation: Struct, columns: readonly string[]): string {
  const place = typeof relation['location'] === 'number' ? relation['location'] : start;
  const before = text.slice(start, place);
  if (!/\bcopy$/i.test(before) && /\bbinary$/i.test(before)) {
    throw notHere('COPY BINARY', 'Write COPY … TO STDOUT (FORMAT binary).');
  }
  const list = columns.length === 0 ? '*' : columns.map(quoteIdentifier).join(', ');
  const rest = text.slice(text.findWord('to', place) ?? end, end);
  return `${before} (SELECT ${list} FROM public.${quoteIdentifier(textOf(relation['relname']))}) ${rest}`;
}
