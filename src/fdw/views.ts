import { PlumblineError } from '../model/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import type { Comparing } from './compared-sql.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import type { State } from './state.ts';
import { checkedComments, checkedViewSql, liveViewSql, refuseClashes } from './view-sql.ts';

/** The views of the operator's own table. */
export interface ViewsPlan {
  readonly comparing: Comparing;
  /** What the view in the shape of their table is called. */
  readonly name: string;
  /** Both. */
  readonly names: readonly string[];
}

/** With this version a view can be read with the rights of who reads it. */
const SINCE_INVOKER = 150000;
const CHECKED = 'sessions_checked';

/**
 * What the views are called, and whether they can be.
 * @param name how the operator wants the live view to be called; null: as the table. `hasPolicies`: whether rows of the
 *   table are kept from some roles
 * @throws {PlumblineError} `usage`
 */
export function planViews(
  comparing: Comparing,
  { name, hasPolicies }: { readonly name: string | null; readonly hasPolicies: boolean },
  plan: { readonly tables: readonly LiveTable[]; readonly state: State },
): ViewsPlan {
  const { catalog, mapping } = comparing;
  refuseClashes(comparing);
  refuseNobodys(comparing);
  const own = name ?? tableName(catalog.name);
  const taken = [...plan.tables.map((it) => it.name), 'hosts', CHECKED];
  if (taken.includes(own)) {
    throw new PlumblineError('usage', `the view of ${mapping.table} cannot be called ${own}, which is a live table`, {
      hint: '--view NAME calls it otherwise',
    });
  }
  if (plan.state.version < SINCE_INVOKER && hasPolicies) {
    throw new PlumblineError(
      'schema',
      `${catalog.name} has row-level policies, which a view of this server would pass by`,
      {
        hint: 'Postgres 15 can read a view with the rights of who reads it',
      },
    );
  }
  return { comparing, name: own, names: [CHECKED, own] };
}

/** A row without a host has to be of some machine. */
function refuseNobodys({ mapping, onlyHost }: Comparing): void {
  const { host } = mapping.columns;
  if (onlyHost === null && (host === undefined || mapping.thisHost)) {
    throw new PlumblineError('usage', 'with several machines each row has to say which one it is of', {
      hint: host === undefined ? 'name the column: --host COLUMN' : 'leave --this-host out',
    });
  }
  if (host !== undefined || mapping.thisHost) return;
  throw new PlumblineError('usage', `nothing says which machine the rows of ${mapping.table} are of`, {
    hint: '--this-host says: of the one of the endpoint; or name the column: --host COLUMN',
  });
}

/** `agents` of `public.agents`, as pg_catalog wrote it. */
function tableName(qualified: string): string {
  const [, quoted, plain = ''] = /(?:"((?:[^"]|"")*)"|([^".]*))$/.exec(qualified) ?? [];
  return quoted?.replaceAll('""', '"') ?? plain;
}

/** Both views, with comments. */
export function viewsSql(plan: ViewsPlan, { names, state }: { readonly names: Names; readonly state: State }): Made {
  const { comparing, name } = plan;
  const table = comparing.catalog.name;
  const beside = checkedComments(comparing);
  const own = comparing.catalog.columns.map((it) => it.name);
  const checked = `The rows of ${table} beside the kernel, asked for each query: drift says in which columns they differ.`;
  const live = `${table} as it would be if it were right: what says of a session is from the kernel, asked for each query; null is not known.`;
  return {
    statements: [
      ...viewSql({ name: CHECKED, columns: [...beside.keys()], query: checkedViewSql(comparing) }, names, state),
      ...viewSql({ name, columns: own, query: liveViewSql(comparing) }, names, state),
      ...commentsSql(names.at(CHECKED), checked, beside),
      ...commentsSql(names.at(name), live, new Map()),
    ],
    objects: [CHECKED, name].map((it) => ({ kind: 'view', schema: names.schema, name: it }) as const),
  };
}

interface View {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: string;
}

/** A view that has other columns now cannot be replaced: it is made anew, where nothing depends on it. */
function viewSql({ name, columns, query }: View, names: Names, { relations, version }: State): string[] {
  const found = relations.find((it) => it.schema === names.schema && it.name === name);
  const isSame = found?.columns.map((it) => it.name).join('\0') === columns.join('\0');
  const rights = version >= SINCE_INVOKER ? ' with (security_invoker = true)' : '';
  return [
    ...(found !== undefined && !isSame ? [`drop view if exists ${names.at(name)};`] : []),
    `create ${isSame ? 'or replace ' : ''}view ${names.at(name)}${rights} as\n${query};`,
  ];
}

function commentsSql(view: string, comment: string, columns: ReadonlyMap<string, string>): string[] {
  return [
    `comment on view ${view} is ${quoteLiteral(comment)};`,
    ...[...columns].map(
      ([name, text]) => `comment on column ${view}.${quoteIdentifier(name)} is ${quoteLiteral(text)};`,
    ),
  ];
}
