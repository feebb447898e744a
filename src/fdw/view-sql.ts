import { PlumblineError } from '../model/errors.ts';
import { type ColumnKind, mappedColumns } from '../model/table-mapping.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import { type Comparing, comparedSql, mayMove, openRowsSql, own, ownKind } from './compared-sql.ts';
import { kernelSql } from './kernel-sql.ts';
import { driftSql, habitsSql, newValuesSql, valuesSql } from './values-sql.ts';

/** What stands in `sessions_checked` beside the operator's own columns. */
const BESIDE: readonly (readonly [name: string, expression: string, comment: string])[] = [
  ['kernel_name', 'k.name', 'the session, as its home is called; null where nothing is known of it'],
  ['kernel_host_id', 'k.host_id', 'the machine that was asked'],
  [
    'kernel_verdict',
    'k.verdict',
    'alive, ambiguous (several processes claim the home), unknown (it could not be seen), or none: proven that there is no session; null where no machine has such a home, or none was asked',
  ],
  ['kernel_pid', 'k.pid', 'the process that is the session; null where there is no single one'],
  ['kernel_started_at', 'k.started_at', 'when that started'],
  ['kernel_terminal', 'k.terminal', 'its terminal; null without one'],
  ['kernel_pane', 'k.pane', 'the pane that shows it: %7 of tmux; null where none does, or that is not known'],
  ['kernel_pane_address', 'k.pane_address', 'where a person finds that pane: work:1.0'],
  ['kernel_command', 'k.command', 'the command that it was recognised by'],
  ['kernel_cwd', 'k.cwd', 'its working directory'],
  ['kernel_reason', 'k.reason', 'who owns the home, or why nobody does'],
  ['kernel_observed_at', 'k.observed_at', 'when the kernel was asked'],
];

const DRIFT = `the columns of the row that say otherwise than the kernel; empty where it is right; null where that is not known; of a session without a row the key`;

/** The operator's rows beside the kernel. */
export function checkedViewSql(comparing: Comparing): string {
  const { catalog, mapping } = comparing;
  const values = [...valuesSql(comparing)].map(([kind, sql]) => `${sql} as ${quoted(comparing, kind)}`);
  const beside = BESIDE.map(([name, expression]) => `${expression} as ${name}`);
  const theirs = catalog.columns.map(({ name }) => own(name));
  const nothing = catalog.columns.map(({ cast }) => `null::${cast}`);
  return `with ${kernelSql(comparing.names, 'true')},
${habitsSql(comparing)}
select ${[...theirs, ...beside, `${driftSql(comparing)} as drift`, 'false as missing'].join(', ')}
${comparedSql(comparing)}
cross join lateral (select ${values.join(', ')} offset 0) v
union all
select ${[...nothing, ...BESIDE.map(([, expression]) => expression.replace('k.reason', 'h.reason')), `array[${quoteLiteral(mapping.key)}]`, 'true'].join(', ')}
${unregisteredSql(comparing, `k.verdict in ('alive', 'ambiguous')`)}`;
}

/** The operator's table as the kernel would have it. */
export function liveViewSql(comparing: Comparing): string {
  const { catalog, mapping } = comparing;
  const values = valuesSql(comparing);
  const kinds = new Map(mappedColumns(mapping).map(([kind, name]) => [name, kind]));
  const columns = catalog.columns.map(({ name, cast }) => {
    const kind = kinds.get(name);
    const value = kind === undefined ? `${own(name)}::${cast}` : values.get(kind);
    return `${value} as ${quoteIdentifier(name)}`;
  });
  const rows = `with ${kernelSql(comparing.names, openRowsSql(comparing))},\n${habitsSql(comparing)}\nselect ${columns.join(',\n  ')}\n${comparedSql(comparing)}`;
  if (!mapping.insert) return rows;
  const fresh = newValuesSql(comparing);
  const added = catalog.columns.map(({ name, cast }) => {
    const kind = kinds.get(name);
    if (name === mapping.key) return `k.name::${cast}`;
    return (kind === undefined ? undefined : fresh.get(kind)) ?? `null::${cast}`;
  });
  return `${rows}
union all
select ${added.join(', ')}
${unregisteredSql(comparing, `k.verdict = 'alive'`)}`;
}

/** Sessions that no row is of. */
function unregisteredSql(comparing: Comparing, condition: string): string {
  const { catalog, mapping } = comparing;
  const host = ownKind(comparing, 'host');
  const only = comparing.onlyHost === null ? null : quoteLiteral(comparing.onlyHost);
  const its =
    host === null || mayMove(comparing) ? null : only === null ? `${host}::text` : `coalesce(${host}::text, ${only})`;
  const sameHost = its === null ? '' : ` and ${its} collate "C" = k.host_id`;
  return `from kernel k left join homes h on h.host_id = k.host_id and h.name = k.name where ${condition} and not exists (
  select from ${catalog.name} t where ${own(mapping.key)}::text collate "C" = k.name${sameHost}
)`;
}

/** What is said of the columns of `sessions_checked`. */
export function checkedComments({ catalog, mapping }: Comparing): ReadonlyMap<string, string> {
  const kinds = new Map(mappedColumns(mapping).map(([kind, name]) => [name, kind]));
  return new Map([
    ...catalog.columns.map(({ name }) => {
      const kind = kinds.get(name);
      const what =
        name === mapping.key ? 'the name of its session' : kind === undefined ? null : kind.replaceAll('_', ' ');
      return [name, `as the row has it${what === null ? '' : `: ${what}`}`] as const;
    }),
    ...BESIDE.map(([name, , comment]) => [name, comment] as const),
    ['drift', DRIFT],
    ['missing', 'whether the session has no row'],
  ]);
}

/** @throws {PlumblineError} `usage` where the operator's columns and ours have one name */
export function refuseClashes({ catalog }: Comparing): void {
  const names = new Set([...BESIDE.map(([name]) => name), 'drift', 'missing']);
  const clash = catalog.columns.find(({ name }) => names.has(name));
  if (clash === undefined) return;
  throw new PlumblineError(
    'usage',
    `${catalog.name} has a column ${clash.name}, and sessions_checked needs that name`,
    {
      hint: 'make a view of the table that calls it otherwise, and name that with --table',
    },
  );
}

function quoted({ mapping }: Comparing, kind: ColumnKind): string {
  return quoteIdentifier(mapping.columns[kind] ?? '');
}
