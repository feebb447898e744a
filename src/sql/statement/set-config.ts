import { constantOf } from './constant.ts';
import { type Common, type Place, reading } from './parts.ts';
import { mustBeSettable } from './setting-rules.ts';
import type { Statement } from './statement.ts';
import { bodyOf, listOf, namesIn, type Struct } from './tree.ts';

/**
 * `SELECT set_config('x', …, false)`, as pg_dump, pgAdmin and PostgREST send it: a SET that answers a row. Only where it
 * stands alone, and what it sets is a constant; elsewhere it is refused as a function.
 * @returns null where a query is none of that kind
 * @throws {SqlError} why it may not be run
 */
export function setConfigOf(place: Place, select: Struct): Statement | null {
  const { targetList, ...rest } = select;
  const [target, ...others] = listOf(targetList);
  const call = bodyOf(bodyOf(target, 'ResTarget')?.['val'], 'FuncCall');
  if (call === null || others.length > 0 || namesIn(call['funcname']).at(-1) !== 'set_config') return null;
  if ('withClause' in select || 'op' in select === false || select['op'] !== 'SETOP_NONE') return null;
  const [name, value, isLocal, ...more] = listOf(call['args']);
  const [setting, local] = [constantOf(name)?.toLowerCase() ?? null, constantOf(isLocal)];
  if (setting === null || local === null || more.length > 0) return null;
  mustBeSettable({ name: setting, values: [constantOf(value)] });
  const common: Common = reading(place, { SelectStmt: rest }, value);
  const schema = namesIn(call['funcname']).slice(0, -1);
  if (schema.length > 1 || (schema[0] ?? 'pg_catalog') !== 'pg_catalog') return null;
  return { ...common, kind: 'set', name: setting, isLocal: /^(?:t|y|on|1)/i.test(local), isSelect: true };
}
