import { bodyOf, namesIn, type Struct, structOf, textOf } from './tree.ts';

/** What a constant says, as text; null where it is none, or NULL, or has a type that may change what it says. */
export function constantOf(value: unknown): string | null {
  const cast = bodyOf(value, 'TypeCast');
  const constant = bodyOf(cast === null || isAsItIs(cast) ? (cast?.['arg'] ?? value) : null, 'A_Const');
  return constant === null || constant['isnull'] === true ? null : textIn(constant);
}

/** Not so `varchar(13)`, which makes `exit_on_error` of something that is not called so. */
function isAsItIs(cast: Struct): boolean {
  const type = structOf(cast['typeName']);
  const name = namesIn(type?.['names']).join('.');
  return ['text', 'pg_catalog.text', 'pg_catalog.bool', 'bool'].includes(name) && !('typmods' in (type ?? {}));
}

function textIn(constant: Struct): string | null {
  const { sval, ival, fval, boolval } = constant;
  // Zero, false and the empty string are left out of their struct.
  if (sval !== undefined) return textOf(structOf(sval)?.['sval']);
  if (ival !== undefined) return String(structOf(ival)?.['ival'] ?? 0);
  if (fval !== undefined) return textOf(structOf(fval)?.['fval']);
  if (boolval !== undefined) return structOf(boolval)?.['boolval'] === true ? 'true' : 'false';
  return null;
}
