import { constantOf } from './constant.ts';
import { type Common, type Place, reading } from './parts.ts';
import { KEPT_FROM_ENGINE, mustBeSettable } from './setting-rules.ts';
import type { Statement } from './statement.ts';
import { bodyOf, listOf, namesIn, type Struct, textOf } from './tree.ts';

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
  if (call === null || others.length > 0 || !isSetConfig(namesIn(call['funcname']))) return null;
  if (!Object.keys(call).every((it) => PLAIN.includes(it))) return null;
  const [name, value, isLocal, ...more] = listOf(call['args']);
  const [setting, local] = [settingOf(name, rest), constantOf(isLocal)];
  if (setting === null || local === null || more.length > 0 || KEPT_FROM_ENGINE.includes(setting)) return null;
  mustBeSettable({ name: setting, values: [constantOf(value)] });
  const common: Common = reading(place, { SelectStmt: rest }, value);
  if (common.tables.size > 0) return null;
  return { ...common, kind: 'set', name: setting, isLocal: /^(?:t|y|on|1)/i.test(local), isSelect: true };
}

/** The fields of a call without FILTER, OVER, VARIADIC and the like. */
const PLAIN = ['funcname', 'args', 'funcformat', 'location'];

function isSetConfig(names: readonly string[]): boolean {
  const [schema, name] = names.length === 1 ? ['pg_catalog', ...names] : names;
  return names.length < 3 && schema === 'pg_catalog' && name === 'set_config';
}

/**
 * The setting that is meant: a constant, or the column `name` of the one row of pg_settings that a condition names, as pg_dump
 * asks for settings that older servers have not.
 */
function settingOf(name: unknown, rest: Struct): string | null {
  if (!isName(name)) return constantOf(name)?.toLowerCase() ?? null;
  const condition = bodyOf(rest['whereClause'], 'A_Expr');
  const isEqual = condition?.['kind'] === 'AEXPR_OP' && namesIn(condition['name']).join() === '=';
  if (!isOfSettings(rest) || !isEqual || !isName(condition['lexpr'])) return null;
  return constantOf(condition['rexpr'])?.toLowerCase() ?? null;
}

/** FROM pg_settings, and nothing else that could be called so. */
function isOfSettings({ fromClause, withClause }: Struct): boolean {
  const [from, ...others] = listOf(fromClause);
  const table = bodyOf(from, 'RangeVar') ?? {};
  const isOfPostgres = ['', 'pg_catalog'].includes(textOf(table['schemaname'])) && !('alias' in table);
  return table['relname'] === 'pg_settings' && isOfPostgres && others.length === 0 && withClause === undefined;
}

function isName(value: unknown): boolean {
  return namesIn(bodyOf(value, 'ColumnRef')?.['fields']).join('.') === 'name';
}
