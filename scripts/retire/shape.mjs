import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const COLUMNS = `
  select table_schema, table_name, column_name, data_type, is_nullable, column_default
  from information_schema.columns
  where table_schema not in ('pg_catalog', 'information_schema')
  order by 1, 2, 3`;

/**
 * What undoing a step has to bring back, by name: the programs and the configuration, which background processes are
 * known, and what the database has. Logs and rows are not of it.
 */
export function shapeOf({ app, sql }) {
  const shape = new Map();
  for (const entry of readdirSync(app, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.log')) continue;
    shape.set(entry.name, entry.name.endsWith('.pid') ? '' : readFileSync(path.join(app, entry.name), 'utf8'));
  }
  for (const line of sql(COLUMNS).split('\n')) {
    const [schema, table, column] = line.split('|');
    shape.set(`the column ${schema}.${table}.${column}`, line);
  }
  return shape;
}

/** What is not as it was, in words. */
export function differences(before, after) {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name));
}
