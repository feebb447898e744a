import { PlumblineError } from '../../model/errors.ts';
import { type ColumnKind, mappedColumns, type TableMapping } from '../../model/table-mapping.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { CatalogColumn, TableCatalog } from './catalog.ts';

/** What is to be done with the table. */
export type TableUse = 'read' | 'write';

/** What stands in the way, and the statement that mends it. */
interface Obstacle {
  readonly what: string;
  readonly mend: string;
}

/**
 * Makes sure that a table can be read, or kept, by this mapping, before anything is read or written.
 * @throws {PlumblineError} `schema` with all that stands in the way, and the statements that mend it
 */
export function checkTable(catalog: TableCatalog | null, mapping: TableMapping, use: TableUse): TableCatalog {
  if (!catalog) {
    throw new PlumblineError('schema', `there is no table ${mapping.table}, or its schema may not be used`, {
      hint: 'write it as SQL does: public.agents, "Fleet".agents',
    });
  }
  const obstacles = [
    ...kindObstacles(catalog, use),
    ...columnObstacles(catalog, mapping, use),
    ...(isTable(catalog) ? keyObstacles(catalog, mapping) : []),
    ...policyObstacles(catalog),
    ...(use === 'write' ? writeObstacles(catalog, mapping) : []),
  ];
  if (obstacles.length === 0) return catalog;
  throw new PlumblineError('schema', `${catalog.name}: ${obstacles.map(({ what }) => what).join('; ')}`, {
    hint: obstacles.map(({ mend }) => mend).join(' '),
  });
}

/** A mapped column, or null. */
export function columnOf({ columns }: TableCatalog, name: string | undefined): CatalogColumn | null {
  return columns.find((column) => column.name === name) ?? null;
}

function isTable({ kind }: TableCatalog): boolean {
  return kind === 'r' || kind === 'p';
}

function kindObstacles(catalog: TableCatalog, use: TableUse): Obstacle[] {
  const { kind } = catalog;
  if (isTable(catalog) || use === 'read') return [];
  const what = kind === 'v' || kind === 'm' ? 'it is a view' : `it is no table (relkind ${kind})`;
  return [{ what, mend: 'name the table behind it.' }];
}

function columnObstacles(catalog: TableCatalog, mapping: TableMapping, use: TableUse): Obstacle[] {
  const mapped: [ColumnKind | 'key', string][] = [['key', mapping.key], ...mappedColumns(mapping)];
  return mapped.flatMap(([kind, name]) => {
    const column = columnOf(catalog, name);
    if (!column) return [missing(catalog, kind, name)];
    return [...typeObstacles(catalog, mapping, kind, column), ...rightObstacles(catalog, kind, column, use)];
  });
}

function missing({ columns }: TableCatalog, kind: string, name: string): Obstacle {
  const alike = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  const names = columns.map((column) => column.name).join(', ');
  const mend = alike ? `it is called ${alike.name}.` : `its columns: ${names}.`;
  return { what: `there is no column ${name} (${kind})`, mend };
}

const TIMES: ReadonlySet<string> = new Set(['started_at', 'ended_at', 'observed_at']);

function typeObstacles(
  { name: table }: TableCatalog,
  mapping: TableMapping,
  kind: ColumnKind | 'key',
  { name, type, base, category, labels }: CatalogColumn,
): Obstacle[] {
  const alter = (to: string) => `alter table ${table} alter column ${quoteIdentifier(name)} type ${to};`;
  const unfit = (to: string) => [{ what: `${name} (${kind}) is of type ${type}`, mend: alter(to) }];
  if (kind === 'pid') return ['int4', 'int8', 'numeric'].includes(base) || category === 'S' ? [] : unfit('integer');
  if (TIMES.has(kind)) return base === 'timestamptz' ? [] : unfit('timestamptz');
  // citext takes two homes for one, and name cuts.
  if (kind === 'key' && (base === 'citext' || base === 'name')) return unfit('text');
  if (kind !== 'status' || labels === null) return category === 'S' ? [] : unfit('text');
  const absent = [mapping.alive[0], mapping.dead[0]].filter((value) => value !== undefined && !labels.includes(value));
  return absent.map((value) => ({
    what: `${name} (status) is of type ${type}, which has no ${value}`,
    mend: `alter type ${type} add value ${quoteLiteral(value ?? '')};`,
  }));
}

function rightObstacles(
  { name: table, role }: TableCatalog,
  kind: ColumnKind | 'key',
  column: CatalogColumn,
  use: TableUse,
): Obstacle[] {
  const grant = (right: string) => `grant ${right} (${quoteIdentifier(column.name)}) on ${table} to ${role};`;
  const lacks = (right: string) => ({ what: `${role} may not ${right} ${column.name}`, mend: grant(right) });
  const writes = use === 'write' && kind !== 'key';
  return [
    ...(column.maySelect ? [] : [lacks('select')]),
    ...(writes && !column.mayUpdate ? [lacks('update')] : []),
    ...(writes && column.isComputed ? [{ what: `${column.name} is computed`, mend: 'map another column.' }] : []),
  ];
}

function keyObstacles({ name, uniqueKeys }: TableCatalog, { key, columns: { host } }: TableMapping): Obstacle[] {
  const sets = [[key], ...(host === undefined ? [] : [[key, host].sort()])];
  const isUnique = uniqueKeys.some((unique) => sets.some((set) => set.join('\0') === unique.join('\0')));
  if (isUnique) return [];
  const list = [...(host === undefined ? [] : [host]), key].map(quoteIdentifier).join(', ');
  return [{ what: `${key} (key) is not unique`, mend: `create unique index concurrently on ${name} (${list});` }];
}

function policyObstacles({ hidesRows, role }: TableCatalog): Obstacle[] {
  if (!hidesRows) return [];
  return [{ what: `a row-level policy may hide rows from ${role}`, mend: `alter role ${role} bypassrls;` }];
}

function writeObstacles(catalog: TableCatalog, mapping: TableMapping): Obstacle[] {
  return [...endObstacles(catalog, mapping), ...(mapping.insert ? insertObstacles(catalog, mapping) : [])];
}

/** How the end of a session can be written down. */
function endObstacles(catalog: TableCatalog, { columns }: TableMapping): Obstacle[] {
  if (columns.status !== undefined || columns.ended_at !== undefined) return [];
  const pid = columnOf(catalog, columns.pid);
  if (!pid?.notNull) return [];
  const mend = `map status or ended_at, or: alter table ${catalog.name} alter column ${quoteIdentifier(pid.name)} drop not null;`;
  return [{ what: `nothing can say that a session has ended: ${pid.name} is not null`, mend }];
}

function insertObstacles(catalog: TableCatalog, mapping: TableMapping): Obstacle[] {
  const written = new Set([mapping.key, ...mappedColumns(mapping).map(([, name]) => name)]);
  return catalog.columns.flatMap((column) => {
    const name = quoteIdentifier(column.name);
    if (written.has(column.name)) {
      if (column.mayInsert) return [];
      const mend = `grant insert (${name}) on ${catalog.name} to ${catalog.role};`;
      return [{ what: `${catalog.role} may not insert ${column.name}`, mend }];
    }
    if (!column.notNull || column.isFilled) return [];
    const mend = `alter table ${catalog.name} alter column ${name} set default …;`;
    return [{ what: `an insert leaves ${column.name} out, which may not be null`, mend }];
  });
}
