import { type ColumnKind, mappedColumns } from '../model/table-mapping.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import { type Comparing, castTo, own, ownKind, saysSql } from './compared-sql.ts';

/** The whole of a text without what is written before a terminal; an empty one is none. */
function plainTerminal(terminal: string): string {
  return `nullif(regexp_replace(btrim(${terminal}::text), '^/dev/', ''), '')`;
}

/**
 * What the row of each kind of column should say, as `plumb sync --table` would write it: see src/registry/table/values.ts.
 * Where that would leave a row alone since it does not know, the value is null.
 */
export function valuesSql(comparing: Comparing): Map<ColumnKind, string> {
  const kinds = mappedColumns(comparing.mapping).map(([kind]) => kind);
  return new Map(kinds.map((kind) => [kind, VALUES[kind](comparing, ownKind(comparing, kind) ?? 'null')]));
}

/** The same of a session that nobody has registered; null of a column that is not known of it. */
export function newValuesSql(comparing: Comparing): Map<ColumnKind, string> {
  const { mapping } = comparing;
  const cast = (kind: ColumnKind, expression: string) => castTo(comparing, kind, expression);
  const all: Readonly<Record<ColumnKind, string>> = {
    pid: 'k.pid',
    host: 'k.host_id',
    status: quoteLiteral(mapping.alive[0] ?? ''),
    terminal: `${prefixSql(comparing)} || k.terminal`,
    pane: paneSql(comparing, 'null'),
    cwd: 'k.cwd',
    command: 'k.command',
    started_at: 'k.started_at',
    ended_at: 'null',
    observed_at: 'k.observed_at',
  };
  return new Map(mappedColumns(mapping).map(([kind]) => [kind, cast(kind, all[kind])]));
}

type ValueSql = (comparing: Comparing, stored: string) => string;

/** What lives, what has ended or is a word of the operator's own, and null for the rest. */
function byFate(alive: string, past: string): string {
  return `case f.fate when 'alive' then ${alive} when 'unknown' then null else ${past} end`;
}

const fromKernel =
  (kind: ColumnKind, column: string): ValueSql =>
  (comparing, stored) =>
    byFate(castTo(comparing, kind, column), stored);

const VALUES: Readonly<Record<ColumnKind, ValueSql>> = {
  pid: (comparing, stored) => {
    const { status, ended_at } = comparing.mapping.columns;
    // Where nothing else can say that it has ended, its pid goes.
    const past = status === undefined && ended_at === undefined ? 'null' : stored;
    return byFate(castTo(comparing, 'pid', 'k.pid'), past);
  },
  host: (comparing, stored) =>
    `case f.fate when 'alive' then ${castTo(comparing, 'host', 'k.host_id')} else ${stored} end`,
  status: (comparing, stored) => {
    const { alive, dead } = comparing.mapping;
    const word = (list: readonly string[]) => castTo(comparing, 'status', quoteLiteral(list[0] ?? ''));
    return `case
      when r.says = 'other' then ${stored}
      when f.fate = 'unknown' then null
      when r.says = f.fate then ${stored}
      when f.fate = 'alive' then ${word(alive)}
      else ${word(dead)}
    end`;
  },
  terminal: (comparing, stored) => {
    const now = castTo(comparing, 'terminal', `${prefixSql(comparing)} || k.terminal`);
    const isSame = `${plainTerminal(stored)} is not distinct from k.terminal`;
    return byFate(`case when ${isSame} then ${stored} else ${now} end`, stored);
  },
  pane: (comparing, stored) => byFate(castTo(comparing, 'pane', paneSql(comparing, `${stored}::text`)), stored),
  cwd: fromKernel('cwd', 'k.cwd'),
  command: fromKernel('command', 'k.command'),
  started_at: (comparing, stored) => {
    const now = castTo(comparing, 'started_at', 'k.started_at');
    // Of one process the row's own time stands: a clock that was set moves ours.
    return byFate(`case when r.pid = k.pid then coalesce(${stored}, ${now}) else ${now} end`, stored);
  },
  ended_at: (comparing, stored) => {
    const now = castTo(comparing, 'ended_at', 'coalesce(k.observed_at, statement_timestamp())');
    return byFate('null', `case when r.says = 'alive' then ${now} else ${stored} end`);
  },
  observed_at: (comparing, stored) => {
    const now = castTo(comparing, 'observed_at', 'coalesce(k.observed_at, statement_timestamp())');
    return `case when f.fate = 'alive' or (f.fate = 'dead' and r.says = 'alive') then ${now} else ${stored} end`;
  },
};

/** The pane of a session that lives, in the form of its row, and else of most rows; null where it is not known. */
function paneSql(comparing: Comparing, stored: string): string {
  const { names } = comparing;
  const column = ownKind(comparing, 'pane');
  if (column === null) return 'null';
  const known = ['multiplexer', '', 'address', 'also_at'].map((part) => `k.pane${part === '' ? '' : `_${part}`}`);
  return `case
      when k.pane_address is not null then ${names.within('pane_value')}(${stored}, (select pane_form from habits), ${known.join(', ')})
      when (k.terminal is null or k.pane_known) and btrim(${stored}) = '' then ${stored}
    end`;
}

/** How the table writes terminals. */
function prefixSql(comparing: Comparing): string {
  return ownKind(comparing, 'terminal') === null ? `''` : '(select terminal_prefix from habits)';
}

/** How the rows that say alive write terminals and panes, for what has to be written anew. Of use in both views. */
export function habitsSql(comparing: Comparing): string {
  const { catalog, names } = comparing;
  const [terminal, pane] = [ownKind(comparing, 'terminal'), ownKind(comparing, 'pane')];
  const form = `nullif(${names.within('pane_form')}(nullif(btrim(${pane}::text, E' \\t\\n\\r\\f\\v'), '')), 'screen')`;
  const prefix = `case when bool_or(${terminal}::text like '/dev/%') then '/dev/' else '' end`;
  const columns = [
    `${terminal === null ? `''` : prefix} as terminal_prefix`,
    `${pane === null ? 'null::text' : `pg_catalog.mode() within group (order by ${form})`} as pane_form`,
  ];
  return `habits as materialized (
  select ${columns.join(', ')} from ${catalog.name} t where ${saysSql(comparing)} = 'alive'
)`;
}

/** Columns in which a row can differ, as `plumb drift` names them. */
const COMPARED: readonly ColumnKind[] = ['pid', 'status', 'terminal', 'pane', 'host', 'ended_at'];

/** The names of the columns that differ from what they should say; null where that is not known. */
export function driftSql(comparing: Comparing): string {
  const differing = mappedColumns(comparing.mapping)
    .filter(([kind]) => COMPARED.includes(kind))
    .map(([kind, name]) => {
      const isSeen = kind === 'pane' ? ' and (k.terminal is null or k.pane_known)' : '';
      return `case when ${own(name)}::text is distinct from v.${quoteIdentifier(name)}::text${isSeen} then ${quoteLiteral(name)} end`;
    });
  return `case when f.fate in ('alive', 'dead') then pg_catalog.array_remove(array[${differing.join(', ')}]::text[], null) end`;
}
