import { quoteLiteral } from '../../registry/identifiers.ts';
import { dollarQuoted } from '../dollar-quoted.ts';
import type { Made } from '../made.ts';
import { OWN_PATH } from '../own-path.ts';
import { shortOf } from '../record.ts';
import { FAILURE_VARIABLES, failureSql } from './failures.ts';
import { type LookPlan, TOLD_AT } from './reading-sql.ts';
import { TASKS } from './text-form.ts';

/** The table of processes for the view of them, which says what to do where it cannot be read; a table alone cannot. */
export function tasksFunction({ names }: LookPlan): Made {
  const name = names.within('tasks_told');
  const columns = [...TASKS, ['told_at', 'timestamptz'] as const]
    .map(([column, type]) => `${column} ${type}`)
    .join(', ');
  return {
    statements: [
      `create or replace function ${name}() returns table (${columns})
language plpgsql volatile security definer rows 1000 ${OWN_PATH} set work_mem = '64MB' as ${dollarQuoted(`
#variable_conflict use_column
declare
  ${FAILURE_VARIABLES}
begin
  return query select ${TASKS.map(([column]) => column).join(', ')}, ${TOLD_AT} from ${names.within('tasks')};
exception when others then
  ${failureSql(names, 'tasks_told')}
end
`)};`,
      `comment on function ${name}() is ${quoteLiteral('what the kernel tells of its processes when it is asked, or why it cannot be read')};`,
    ],
    objects: [{ kind: 'function', schema: names.inner, name: 'tasks_told', takes: '', gives: shortOf(columns) }],
  };
}
