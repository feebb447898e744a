import { copyOf } from './copy.ts';
import { declareOf, fetchOf } from './cursors.ts';
import { type Place, reading, without } from './parts.ts';
import { refused } from './refused.ts';
import { setConfigOf } from './set-config.ts';
import { settingOf } from './settings.ts';
import type { Statement } from './statement.ts';
import { transactionOf } from './transactions.ts';
import { bodyOf, listOf, nodeOf, type Struct, textOf } from './tree.ts';

/** How each kind of statement that may be run is told, by its node. What is not here may not be run. */
const KINDS: Readonly<Record<string, (place: Place, body: Struct) => Statement>> = {
  SelectStmt: (place, body) => {
    return setConfigOf(place, body) ?? { ...reading(place, { SelectStmt: body }), ...RUN };
  },
  ExplainStmt: explainOf,
  VariableShowStmt: (place) => ({ ...without(place), ...RUN }),
  VariableSetStmt: settingOf,
  TransactionStmt: transactionOf,
  CopyStmt: copyOf,
  DeclareCursorStmt: declareOf,
  FetchStmt: fetchOf,
  ClosePortalStmt: (place, body) => ({ ...without(place), kind: 'close', name: nameOrAll(body['portalname']) }),
  PrepareStmt: prepareOf,
  ExecuteStmt: (place, body) => {
    return { ...reading(place, listOf(body['params'])), kind: 'execute', name: textOf(body['name']) };
  },
  DeallocateStmt: (place, body) => ({ ...without(place), kind: 'deallocate', name: nameOrAll(body['name']) }),
  DiscardStmt: (place, body) => ({ ...without(place), kind: 'discard', what: discarded(body['target']) }),
  UnlistenStmt: (place) => ({ ...without(place), kind: 'nothing', tag: 'UNLISTEN' }),
  LockStmt: lockOf,
};

const RUN = { kind: 'run', isCopy: false, executes: null } as const;

/**
 * What a statement is.
 * @throws {SqlError} why it may not be run
 */
export function statementOf(place: Place, tree: unknown): Statement {
  const [type, body] = nodeOf(tree) ?? ['', {}];
  const kind = KINDS[type];
  if (kind === undefined) throw refused(type, body);
  return kind(place, body);
}

/** EXPLAIN ANALYZE runs what it explains; without, nothing is read. */
function explainOf(place: Place, body: Struct): Statement {
  const [type, inner] = nodeOf(body['query']) ?? ['', {}];
  const options = listOf(body['options']);
  const common = (query: unknown) => {
    const all = reading(place, query, options);
    const isRun = options.some((it) => textOf(bodyOf(it, 'DefElem')?.['defname']).toLowerCase() === 'analyze');
    return isRun ? all : { ...all, ...without(place) };
  };
  if (type === 'SelectStmt') return { ...common({ SelectStmt: inner }), ...RUN };
  if (type === 'DeclareCursorStmt') return { ...common(inner['query']), ...RUN };
  if (type === 'ExecuteStmt') return { ...common(listOf(inner['params'])), ...RUN, executes: textOf(inner['name']) };
  throw refused(type, inner);
}

function prepareOf(place: Place, body: Struct): Statement {
  const [type, query] = nodeOf(body['query']) ?? ['', {}];
  if (type !== 'SelectStmt') throw refused(type, query);
  return { ...reading(place, { SelectStmt: query }), kind: 'prepare', name: textOf(body['name']) };
}

/** LOCK TABLE as pg_dump sends it: a standby grants it, too. */
function lockOf(place: Place, body: Struct): Statement {
  // AccessShareLock, RowShareLock and RowExclusiveLock of lockdefs.h.
  if (typeof body['mode'] !== 'number' || body['mode'] > 3) throw refused('LockStmt', body);
  return { ...without(place), kind: 'nothing', tag: 'LOCK TABLE' };
}

function nameOrAll(name: unknown): string | null {
  return typeof name === 'string' ? name : null;
}

function discarded(target: unknown): 'all' | 'plans' | 'sequences' | 'temp' {
  if (target === 'DISCARD_PLANS') return 'plans';
  if (target === 'DISCARD_SEQUENCES') return 'sequences';
  return target === 'DISCARD_TEMP' ? 'temp' : 'all';
}
