import { quoteLiteral } from '../registry/identifiers.ts';
import type { Names } from './names.ts';

/** Where the live tables are. */
export interface Sources {
  readonly names: Names;
}

/** Reasons of a coverage by which a process may be there and not be listed. */
const HIDING = [
  'pid_namespace',
  'foreign_procfs',
  'hidden',
  'uncountable',
  'stat_denied',
  'malformed',
  'unstable',
  'churn',
] as const;

/** What is read of the sessions, by the names that it has in the queries. */
export const KERNEL_SQL = {
  columns: [
    'host_id',
    'name',
    'verdict',
    'reason',
    'observed_at',
    'is_left',
    'strangers',
    'pid',
    'started_at',
    'terminal',
    'pane',
    'pane_address',
    'pane_also_at',
    'pane_multiplexer',
    'pane_known',
    'command',
    'cwd',
  ],
} as const;

const OF_SESSION = KERNEL_SQL.columns.slice(7);

/**
 * What both views read, each once a query, however it is joined: every home with its session. The other two are read only
 * where a row needs them, and in this order, since the coverage is of what was read before.
 *
 * All of one machine comes from one transaction there, and so from one look.
 */
export function kernelSql({ names }: Sources): string {
  const asked = `host_id = any (${names.at('asked')}())`;
  return `kernel as materialized (
  select distinct on (h.host_id, h.name)
    h.host_id, h.name,
    -- A name that two homes have is nobody's.
    case when count(*) over (partition by h.host_id, h.name) > 1 then 'ambiguous' else coalesce(s.verdict, h.verdict) end as verdict,
    h.reason, h.observed_at,
    h.bystanders @> '[{"role": "home_deleted"}]' as is_left,
    array(
      select (b ->> 'pid')::bigint from jsonb_array_elements(h.bystanders) b where b ->> 'role' in ('other_program', 'zombie')
    ) as strangers,
    ${OF_SESSION.map((name) => `s.${name}`).join(', ')}
  from (select * from ${names.at('homes')} where ${asked}) h
  left join (select * from ${names.at('sessions')} where ${asked} and home is not null) s
    on s.host_id = h.host_id and s.name = h.name
),
processes as materialized (
  select host_id, pid, started_at, observed_at, not (state = 'Z' and threads <= 1) as is_alive
  from ${names.at('processes')} where ${asked}
),
gaps as materialized (
  select host_id, table_name, coalesce(code in (${HIDING.map(quoteLiteral).join(', ')}), false) as hides_processes
  from ${names.at('coverage')} where ${asked}
)`;
}
