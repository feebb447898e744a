import { PlumblineError } from '../model/errors.ts';
import { mappedColumns, type TableMapping } from '../model/table-mapping.ts';
import type { TableCatalog } from '../registry/table/catalog.ts';

/**
 * The operator's table as its views shall show it: without these columns, which they can drop then, while everybody goes
 * on reading the views.
 * @throws {PlumblineError} `usage` for a column that the views are made of, or that there is none of
 */
export function withoutColumns(catalog: TableCatalog, mapping: TableMapping, leftOut: readonly string[]): TableCatalog {
  const used = new Map([[mapping.key, 'key'], ...mappedColumns(mapping).map(([kind, name]) => [name, kind] as const)]);
  for (const name of leftOut) {
    const kind = used.get(name);
    if (kind !== undefined) {
      throw new PlumblineError('usage', `--leave-out ${name}: the views are made of it, it is mapped as ${kind}`, {
        hint: 'take it out of the mapping first',
      });
    }
    if (!catalog.columns.some((it) => it.name === name)) {
      throw new PlumblineError('usage', `--leave-out ${name}: ${catalog.name} has no such column`, {
        hint: catalog.columns.map((it) => it.name).join(', '),
      });
    }
  }
  return { ...catalog, columns: catalog.columns.filter(({ name }) => !leftOut.includes(name)) };
}
