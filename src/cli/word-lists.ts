import type { Field } from '../relations/column.ts';
import { DEAD } from '../relations/dead.ts';
import { HISTORY } from '../relations/history.ts';
import { HOMES } from '../relations/homes.ts';
import { HOSTS } from '../relations/hosts.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { PANES } from '../relations/panes.ts';
import { REGISTRY } from '../relations/registry.ts';
import { SESSIONS } from '../relations/sessions.ts';
import { namesIn } from './columns.ts';

/** The columns that each command with `--columns` has, by the command's name. */
export function columnsByCommand(): ReadonlyMap<string, readonly string[]> {
  const commands: readonly (readonly [string, { readonly columns: readonly unknown[] }])[] = [
    ['list', SESSIONS],
    ['homes', HOMES],
    ['panes', PANES],
    ['registry', REGISTRY],
    ['history', HISTORY],
    ['hosts', HOSTS],
    ['dead', DEAD],
    ...KERNEL_RELATIONS.map((it) => {
      const columns = [...it.columns, ...(it.instead?.relation.columns ?? [])];
      return [it.name, { columns }] as const;
    }),
  ];
  // Of the columns only the names are read.
  return new Map(commands.map(([name, { columns }]) => [name, [...new Set(namesIn(columns as readonly Field[]))]]));
}
