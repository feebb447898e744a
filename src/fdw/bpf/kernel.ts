import type { Made } from '../made.ts';
import type { State } from '../state.ts';
import { helperFunctions } from './helper-functions.ts';
import { kernelViews } from './kernel-views.ts';
import { lookFunction } from './look-functions.ts';
import { programFunctions } from './program-functions.ts';
import type { LookPlan } from './reading-sql.ts';
import { tasksFunction } from './tasks-function.ts';

/** All that answers from the four tables of src/fdw/bpf/sources.ts, whatever these are made of. */
export function electionSql(plan: LookPlan, state: Pick<State, 'relations'>): Made {
  const parts = [
    programFunctions(plan.names),
    helperFunctions(plan),
    tasksFunction(plan),
    lookFunction(plan),
    kernelViews(plan, state),
  ];
  return { statements: parts.flatMap((it) => it.statements), objects: parts.flatMap((it) => it.objects) };
}
