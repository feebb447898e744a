import type { Field } from '../relations/column.ts';
import { DEAD } from '../relations/dead.ts';
import { HISTORY } from '../relations/history.ts';
import { HOMES } from '../relations/homes.ts';
import { HOSTS } from '../relations/hosts.ts';
import { optionName } from '../relations/kernel-relation.ts';
import { KERNEL_RELATIONS } from '../relations/kernel-relations.ts';
import { PANES } from '../relations/panes.ts';
import { REGISTRY } from '../relations/registry.ts';
import { SESSIONS } from '../relations/sessions.ts';
import { namesIn } from './columns.ts';

/** What stands between commas in the value of an option, by command and option: `list --columns`. */
export function wordLists(): ReadonlyMap<string, readonly string[]> {
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
  const options = KERNEL_RELATIONS.flatMap((it) => {
    return (it.options ?? []).flatMap((option) => {
      return option.words ? [[`${it.name} --${optionName(option)}`, option.words] as const] : [];
    });
  });
  return new Map([
    // Of the columns only the names are read.
    ...commands.map(([name, { columns }]) => {
      return [`${name} --columns`, [...new Set(namesIn(columns as readonly Field[]))]] as const;
    }),
    ...options,
  ]);
}
