import { quoteLiteral } from '../../registry/identifiers.ts';
import { dollarQuoted } from '../dollar-quoted.ts';
import type { Made } from '../made.ts';
import { OWN_PATH } from '../own-path.ts';
import { type MadeObject, shortOf } from '../record.ts';
import { FAILURE_VARIABLES, failureSql } from './failures.ts';
import { MOST_LOOKS, RESTLESS } from './helper-functions.ts';
import { ancestorsSql, argumentsSql, earlySql, programsSql } from './names-sql.ts';
import { type LookPlan, placesSql, readingSql, suspectsSql } from './reading-sql.ts';
import { rulesSql } from './rules-sql.ts';
import { seenColumns } from './session-columns.ts';
import { textSql } from './sql-values.ts';
import { verdictsSql } from './verdicts-sql.ts';

/**
 * Of a file nobody knows how many lines it has: a plan for one would go through all processes for each process. And what is
 * kept of one reading belongs into memory.
 */
const PLANNED = `${OWN_PATH} set enable_nestloop = off set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan set work_mem = '64MB'`;

/** The function that reads the kernel once, and says of each home who owns it. */
export function lookFunction(plan: LookPlan): Made {
  const { names } = plan;
  const name = names.within('homes_seen');
  const columns = columnsOf(plan);
  const returned = columns.map(([column, type]) => `${column} ${type}`).join(', ');
  const gives = shortOf(String(columns.map(([column, type]) => `${column} ${type}`)));
  const parts = [
    readingSql(plan),
    placesSql(),
    suspectsSql(),
    earlySql(),
    ancestorsSql(),
    argumentsSql(names),
    programsSql(names),
    rulesSql(),
    verdictsSql(names),
  ];
  const objects: MadeObject[] = [{ kind: 'function', schema: names.inner, name: 'homes_seen', takes: '', gives }];
  return {
    statements: [
      `create or replace function ${name}() returns table (${returned})
language plpgsql volatile security definer rows 100 ${PLANNED} as ${dollarQuoted(`
#variable_conflict use_column
declare
  ${FAILURE_VARIABLES}
begin
  -- Without homes nothing of this would be asked for, and no row would read as nobody's session.
  perform ${names.within('rules_now')}();
  for attempt in 1 .. ${MOST_LOOKS} loop
    begin
      return query with recursive ${parts.join(',\n')}
select ${columns.map(([, type, , expression]) => `(${expression})::${type}`).join(',\n  ')}
from judged j
cross join reading r
cross join (select boot_id from ${names.within('boot')}) b
left join tasks t on j.verdict = 'alive' and t.pid = j.owner
left join programs p on p.pid = t.pid
cross join settled s
where r.is_whole and s.is_settled;
      return;
    exception when sqlstate '${RESTLESS}' then
      null; -- Nothing was given yet: it is said before the first row.
    when others then
      ${failureSql(names, 'homes_seen')}
    end;
  end loop;
end
`)};`,
      `comment on function ${name}() is ${quoteLiteral('reads the kernel, and says of each stored home who owns it; verdict none is one look that has found nobody')};`,
    ],
    objects,
  };
}

/** What it gives. */
export function columnsOf({ names, hostId }: LookPlan) {
  const terminal = `case
    when t.tty_nr = 0 then null
    when ((t.tty_nr >> 8) & 4095) = 136 then 'pts/' || ((t.tty_nr & 255) | ((t.tty_nr >> 12) & 1048320))
    when t.tty_nr is not null then ${names.within('terminal_name')}(t.tty_nr)
  end`;
  return seenColumns(quoteLiteral(hostId), terminal, textSql(names, 'p.command'));
}
