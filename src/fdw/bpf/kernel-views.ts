import { quoteLiteral } from '../../registry/identifiers.ts';
import type { Made } from '../made.ts';
import { type MadeObject, shortOf } from '../record.ts';
import type { State } from '../state.ts';
import { columnsOf } from './look-functions.ts';
import { processColumns, processesSql } from './processes-view.ts';
import type { LookPlan } from './reading-sql.ts';
import type { TextColumn } from './text-form.ts';

interface View {
  readonly name: (typeof KERNEL_VIEWS)[number];
  readonly comment: string;
  readonly columns: readonly TextColumn[];
  readonly query: string;
}

/** The views, and what may be granted of all this. */
export const KERNEL_VIEWS = ['sessions', 'homes', 'processes'] as const;

/** What is said of a home where one look has found nobody. */
const ONE_LOOK = 'which one look alone does not prove';

/** The views that are read. */
export function kernelViews(plan: LookPlan, { relations }: Pick<State, 'relations'>): Made {
  const views = [sessionsView(plan), homesView(plan), processesView(plan)];
  const { names } = plan;
  return {
    statements: views.flatMap(({ name, comment, columns, query }) => {
      const view = names.at(name);
      const found = relations.find((it) => it.schema === names.schema && it.name === name);
      const isSame =
        found?.kind === 'v' &&
        found.columns.map((it) => `${it.name} ${it.type}`).join('\0') ===
          columns
            .map(
              ([column, type]) =>
                `${column} ${type.replace('timestamptz', 'timestamp with time zone').replace('(20)', '(20,0)')}`,
            )
            .join('\0');
      return [
        ...(found !== undefined && !isSame ? [`drop view if exists ${view};`] : []),
        `create ${isSame ? 'or replace ' : ''}view ${view} as ${query};`,
        `comment on view ${view} is ${quoteLiteral(comment)};`,
        ...columns.map(([column, , text]) => `comment on column ${view}.${column} is ${quoteLiteral(text)};`),
      ];
    }),
    objects: views.map(({ name, columns }): MadeObject => {
      return {
        kind: 'view',
        schema: names.schema,
        name,
        gives: shortOf(String(columns.map(([column, type]) => `${column} ${type}`))),
      };
    }),
  };
}

function sessionsView(plan: LookPlan): View {
  const columns = columnsOf(plan);
  return {
    name: 'sessions',
    comment:
      'One row a session, asked of the kernel for every query: a home and the process that is it; and every home of which that cannot be said, as unknown. A home without a row is one in which nobody was seen.',
    columns: columns.map(([name, type, comment]) => [name, type, comment]),
    query: `select ${columns.map(([name]) => name).join(', ')} from ${plan.names.within('homes_seen')}() where verdict <> 'none'`,
  };
}

function homesView(plan: LookPlan): View {
  const kept = ['host_id', 'name', 'path', 'verdict', 'reason', 'pid', 'claimants', 'observed_at'];
  const known = new Map(
    columnsOf(plan).map(([name, type, comment]) => [name === 'home' ? 'path' : name, { type, comment, name }]),
  );
  const expression = new Map([
    ['verdict', `case when verdict = 'none' then 'unknown' else verdict end`],
    ['reason', `case when verdict = 'none' then reason || ' (${ONE_LOOK})' else reason end`],
  ]);
  return {
    name: 'homes',
    comment:
      'One row a home that is stored, asked of the kernel for every query: who owns it, or why that is not known. One look never proves that nobody is in it.',
    columns: kept.map((name) => [name, known.get(name)?.type ?? 'text', known.get(name)?.comment ?? '']),
    query: `select ${kept.map((name) => `${expression.get(name) ?? known.get(name)?.name} as ${name}`).join(', ')} from ${plan.names.within('homes_seen')}()`,
  };
}

function processesView(plan: LookPlan): View {
  return {
    name: 'processes',
    comment: 'Every process that the kernel tells, asked for every query.',
    columns: processColumns(plan).map(([name, type, comment]) => [name, type, comment]),
    query: processesSql(plan),
  };
}
