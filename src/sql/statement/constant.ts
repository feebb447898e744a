import { bodyOf, type Struct, structOf, textOf } from './tree.ts';

/** What a constant says, as text; null where it is none, or NULL. A type around it changes nothing. */
export function constantOf(value: unknown): string | null {
  let inner = value;
  for (let cast = bodyOf(inner, 'TypeCast'); cast !== null; cast = bodyOf(inner, 'TypeCast')) inner = cast['arg'];
  const constant = bodyOf(inner, 'A_Const');
  return constant === null || constant['isnull'] === true ? null : textIn(constant);
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
