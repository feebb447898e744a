import { PlumblineError } from '../../model/errors.ts';
import homesSql from '../../registry/sql/0004_homes.sql';
import type { Made } from '../made.ts';
import type { MadeObject } from '../record.ts';
import type { State } from '../state.ts';

const SCHEMA: MadeObject = { kind: 'schema', schema: null, name: 'plumbline' };
const TABLES: readonly MadeObject[] = ['homes', 'home_rules'].map((name) => ({
  kind: 'table',
  schema: 'plumbline',
  name,
}));

/**
 * The tables of homes, where the database has no registry that brought them.
 * @throws {PlumblineError} `schema` where its registry is of a time before there were any
 */
export function homesTables({ made, plumbline }: Pick<State, 'made' | 'plumbline'>, place: string): Made {
  if (plumbline.hasHomes && plumbline.hasRegistry) return { statements: [], objects: [] };
  if (plumbline.hasRegistry) {
    throw new PlumblineError('schema', `${place}: the registry there has no homes yet`, {
      hint: 'plumb sync --init --apply --db … brings it to this version',
    });
  }
  const isOurs = (it: MadeObject) => made.some(({ kind, name }) => kind === it.kind && name === it.name);
  const statements = homesSql
    .split(/;\n/)
    .map((it) => it.trim())
    .filter((it) => it !== '')
    .map((it) => `${it};`);
  return {
    statements: [...(plumbline.isThere ? [] : ['create schema plumbline;']), ...statements],
    objects: [
      ...(!plumbline.isThere || isOurs(SCHEMA) ? [SCHEMA] : []),
      ...TABLES.filter((it) => !plumbline.hasHomes || isOurs(it)),
    ],
  };
}
