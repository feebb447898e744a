import type { ColumnKind, TableMapping } from '../model/table-mapping.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import type { TableCatalog } from '../registry/table/catalog.ts';
import { columnOf } from '../registry/table/fitness.ts';
import { hasRowsOfEachHost } from '../registry/table/statements.ts';
import { HOME_COLUMNS, SESSION_COLUMNS } from './kernel-sql.ts';
import type { Names } from './names.ts';

/** The operator's table beside the kernel. */
export interface Comparing {
  readonly names: Names;
  readonly catalog: TableCatalog;
  readonly mapping: TableMapping;
  /** The one machine that there is; null where there are several. */
  readonly onlyHost: string | null;
}

/** A column of the operator's table, in the queries below. */
export function own(name: string): string {
  return `t.${quoteIdentifier(name)}`;
}

/** The same of a kind that is mapped; null where it is not. */
export function ownKind({ mapping }: Comparing, kind: ColumnKind): string | null {
  const name = mapping.columns[kind];
  return name === undefined ? null : own(name);
}

/** A value of the kernel's as its column's type; without a length, which a cast would cut it to. */
export function castTo({ catalog, mapping }: Comparing, kind: ColumnKind, expression: string): string {
  const column = columnOf(catalog, mapping.columns[kind]);
  return `(${expression})::${column?.cast ?? 'text'}`;
}

/**
 * Each row of the operator's table (`t`) with what its session is (`k`), what the row says (`r`), and what is so (`f.fate`):
 *
 * - `alive`: the session lives, and `k` is it.
 * - `dead`: its home is proven to have none, and what has the row's number is not it; or the row said so, and nothing
 *   lives under its name on its machine.
 * - `other`: a word of the operator's own, and the same.
 * - `unknown`: it could not be seen, several claim it, or nobody was asked.
 *
 * As src/registry/table/compare.ts has it, of a row that names its process by a bare pid; where that would have to know
 * which programs are agents, it is unknown here.
 */
export function comparedSql(comparing: Comparing): string {
  const { catalog } = comparing;
  return `from ${catalog.name} t
left join kernel own_k on own_k.name = ${keySql(comparing)} and own_k.host_id = ${hostSql(comparing)}
left join homes own_h on own_h.name = ${keySql(comparing)} and own_h.host_id = ${hostSql(comparing)}
${elsewhereJoin(comparing)}cross join lateral (select ${rowSql(comparing)} offset 0) r
cross join lateral (select ${sightSql(comparing)} offset 0) k
cross join lateral (select ${fateSql(comparing)} as fate offset 0) f`;
}

function keySql({ mapping }: Comparing): string {
  return `${own(mapping.key)}::text collate "C"`;
}

/** Whose session a row means: the one machine's, where it does not say and there is one. */
function hostSql(comparing: Comparing): string {
  const host = ownKind(comparing, 'host');
  const only = comparing.onlyHost === null ? null : quoteLiteral(comparing.onlyHost);
  if (host === null) return only ?? 'null::text';
  return only === null ? `${host}::text collate "C"` : `coalesce(${host}::text, ${only}) collate "C"`;
}

/** Of a name that has one row for all machines: where it lives now, if that is one place. */
function elsewhereJoin(comparing: Comparing): string {
  if (!mayMove(comparing)) return '';
  return `left join (
  select name as moved_name, min(host_id) as moved_to from kernel where verdict = 'alive' group by name having count(*) = 1
) moved on moved.moved_name = ${keySql(comparing)} and moved.moved_to is distinct from own_k.host_id
left join kernel other_k on other_k.name = moved.moved_name and other_k.host_id = moved.moved_to
`;
}

/** Whether the row of a name can be that of another machine. */
export function mayMove(comparing: Comparing): boolean {
  const { catalog, mapping, onlyHost } = comparing;
  return onlyHost === null && mapping.columns.host !== undefined && !hasRowsOfEachHost(catalog, mapping);
}

/** The largest pid of a 64-bit Linux (PID_MAX_LIMIT). */
const MOST_PIDS = 4_194_304;
/** What `storedText` has written for a byte. */
const STORED_BYTE = String.raw`\\(?:\\|x[0-9A-F]{2})`;

/**
 * What the row says of itself, as `decodeClaims` reads it; `is_odd`: it has a pid that is none, or a key in which a
 * backslash stands alone, which may mean a session of another key. Nothing is dead on the word of such a row.
 */
function rowSql(comparing: Comparing): string {
  const { key, columns } = comparing.mapping;
  const pid = own(columns.pid);
  // `infinity` says nothing of when.
  const times = (['started_at', 'observed_at'] as const)
    .flatMap((kind) => ownKind(comparing, kind) ?? [])
    .map((time) => `case when isfinite(${time}) then ${time} end`);
  const number = `case when btrim(${pid}::text) ~ '^[0-9]{1,7}([.]0+)?$' then btrim(${pid}::text)::numeric::bigint end`;
  const isPid = `coalesce(${number} between 1 and ${MOST_PIDS}, ${pid} is null)`;
  const backslashIn = (text: string) => `strpos(${text}, ${quoteLiteral('\\')}) > 0`;
  const name = `${own(key)}::text`;
  // The longer question only of the few that have one.
  const isName = `case when ${backslashIn(name)} then not ${backslashIn(`regexp_replace(${name}, ${quoteLiteral(STORED_BYTE)}, '', 'g')`)} else true end`;
  return `${saysSql(comparing)} as says, case when ${isPid} then ${number} end as pid, not (${isPid} and (${isName})) as is_odd, ${
    times.length === 0 ? 'null::timestamptz' : `greatest(${times.join(', ')})`
  } as written_at`;
}

/** Alive, dead or other, by the words of the mapping. */
export function saysSql(comparing: Comparing): string {
  const { alive, dead } = comparing.mapping;
  const status = ownKind(comparing, 'status');
  const ended = ownKind(comparing, 'ended_at');
  const words = (list: readonly string[]) => list.map(quoteLiteral).join(', ');
  if (status !== null) {
    return `case when ${status}::text in (${words(alive)}) then 'alive' when ${status}::text in (${words(dead)}) then 'dead' else 'other' end`;
  }
  const lives = ended === null ? `${own(comparing.mapping.columns.pid)} is not null` : `${ended} is null`;
  return `case when ${lives} then 'alive' else 'dead' end`;
}

/**
 * Whether a row needs to know of its home: it says that its session lives, and there is none. Of the others nothing that a
 * home could say would change what is shown.
 */
export function openRowsSql(comparing: Comparing): string {
  return `exists (
  select from ${comparing.catalog.name} t where ${saysSql(comparing)} = 'alive' and not exists (
    select from kernel own_k where own_k.name = ${keySql(comparing)} and own_k.host_id = ${hostSql(comparing)}
  )
)`;
}

/** Which session the row is compared with: that of its own machine, or of the one that it lives on now. */
function sightSql(comparing: Comparing): string {
  const host = ownKind(comparing, 'host');
  const isOurs =
    host === null || comparing.mapping.thisHost || comparing.onlyHost === null
      ? null
      : `(${host} is not null or (r.says = 'alive' and own_k.verdict = 'alive' and own_k.pid = r.pid))`;
  const isElsewhere = `other_k.name is not null and own_k.name is null and (r.says = 'dead' or own_h.verdict = 'none')`;
  const column = (name: string, mine: string, other: string) => {
    const ours = isOurs === null ? mine : `case when ${isOurs} then ${mine} end`;
    return `${mayMove(comparing) ? `case when ${isElsewhere} then ${other} else ${ours} end` : ours} as ${name}`;
  };
  // Whose home says that somebody lives there, and who is not among the sessions, came in between.
  const verdict = `coalesce(own_k.verdict, case own_h.verdict when 'alive' then 'unknown' else own_h.verdict end)`;
  const either = ['host_id', 'name', 'observed_at'];
  return [
    column('is_session', 'own_k.name is not null', 'true'),
    column('verdict', verdict, 'other_k.verdict'),
    ...either.map((name) => column(name, `coalesce(own_k.${name}, own_h.${name})`, `other_k.${name}`)),
    ...HOME_COLUMNS.map((name) => column(name, `own_h.${name}`, 'null')),
    ...SESSION_COLUMNS.map((name) => column(name, `own_k.${name}`, `other_k.${name}`)),
  ].join(', ');
}

function fateSql(comparing: Comparing): string {
  return `case
    when k.is_session then case k.verdict when 'alive' then 'alive' else 'unknown' end
    when ${hostSql(comparing)} = any ((select hosts from asked)::text[]) is not true then 'unknown'
    when r.says <> 'alive' then r.says
    when r.is_odd then 'unknown'
    when k.verdict in ('ambiguous', 'unknown') then 'unknown'
    when k.verdict = 'none' and k.is_left then 'unknown'
    when k.verdict = 'none' and (r.pid is null or r.pid = any (k.strangers)) then 'dead'
    when k.verdict = 'none' then case when ${livingSql('k.host_id')} then 'unknown' else 'dead' end
    when r.pid is null then 'unknown'
    when ${livingSql(hostSql(comparing))} is not false then 'unknown'
    else case when ${sawAllSql(hostSql(comparing))} then 'dead' else 'unknown' end
  end`;
}

/**
 * Whether something has the row's number that may be its process, here or, where the row was written inside of a container,
 * there: null where its machine was not asked.
 */
function livingSql(host: string): string {
  return `(
      select coalesce(bool_or(r.pid in (p.pid, p.inner_pid) and p.is_alive and (${isOldEnough()} or ${MAY_BE_AGENT})), case when count(*) > 0 then false end)
      from processes p where p.host_id = ${host}
    )`;
}

/** One that runs what some session runs may have left its home, whatever the row says of when it was written. */
const MAY_BE_AGENT = `exists (
        select from kernel s where p.comm = left(s.command, 15) or strpos(p.argv, s.command) > 0
      )`;

/** One that began after the row was written is another one: by the clocks, with room for their faults. */
function isOldEnough(): string {
  const skew = 'greatest(statement_timestamp() - p.observed_at, p.observed_at - statement_timestamp())';
  return `(p.started_at > r.written_at + interval '60 s' + ${skew}) is not true`;
}

/** Whether no process is hidden: then a number that nobody has is nobody's. */
function sawAllSql(host: string): string {
  return `exists (select from gaps g where g.host_id = ${host} and g.table_name = 'processes')
      and not exists (select from gaps g where g.host_id = ${host} and g.hides_processes)`;
}
