import { quoteLiteral } from '../../registry/identifiers.ts';
import { constantOf } from './constant.ts';
import { type Place, without } from './parts.ts';
import { notHere } from './refused.ts';
import { isOfTransaction, KEPT_FROM_ENGINE, mustBeSettable } from './setting-rules.ts';
import type { Statement } from './statement.ts';
import { mustOnlyRead } from './transactions.ts';
import { listOf, type Struct, textOf } from './tree.ts';

/** Back to what they have been all the time. */
const ROLES = ['role', 'session_authorization'];

/** SET in all its forms, and RESET. */
export function settingOf(place: Place, body: Struct): Statement {
  const common = without(place);
  const name = textOf(body['name']).toLowerCase();
  const kind = textOf(body['kind']);
  const isLocal = body['is_local'] === true;
  if (kind === 'VAR_SET_MULTI') {
    if (name === 'transaction snapshot')
      throw notHere('SET TRANSACTION SNAPSHOT', 'Each client looks for itself here.');
    if (name === 'transaction') mustOnlyRead(body['args']);
    return { ...common, kind: 'set_transaction' };
  }
  if (kind === 'VAR_RESET_ALL') return { ...common, kind: 'reset', name: null };
  const values = listOf(body['args']).map(constantOf);
  const isDefault = kind !== 'VAR_SET_VALUE' || (ROLES.includes(name) && values[0]?.toLowerCase() === 'none');
  if (isDefault && ROLES.includes(name)) {
    return { ...common, kind: 'nothing', tag: kind === 'VAR_RESET' ? 'RESET' : 'SET' };
  }
  if (kind === 'VAR_RESET') return { ...common, kind: 'reset', name };
  if (!isDefault) mustBeSettable({ name, values });
  if (isOfTransaction(name)) return { ...common, kind: 'set_transaction' };
  const text = KEPT_FROM_ENGINE.includes(name) ? asLocal(name, values) : common.text;
  return { ...common, text, kind: 'set', name, isLocal, isSelect: false };
}

function asLocal(name: string, [value]: readonly (string | null)[]): string {
  return `SET LOCAL ${name} TO ${value == null ? 'DEFAULT' : quoteLiteral(value)}`;
}
