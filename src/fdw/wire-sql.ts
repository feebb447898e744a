import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import type { LiveTable } from '../sql/tables/live-table.ts';
import type { Endpoint } from './endpoint.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import type { MadeObject } from './record.ts';
import { serverMark } from './server-mark.ts';
import type { State } from './state.ts';

/** An endpoint of which it is known what machine it is. */
export interface Host extends Endpoint {
  readonly id: string;
  /** Whether the operator has said so: then it need not answer now. */
  readonly isGiven: boolean;
  /** Null where it asks for none. */
  readonly password: string | null;
}

/** What is to be there. */
export interface WirePlan {
  readonly names: Names;
  readonly hosts: readonly Host[];
  readonly tables: readonly LiveTable[];
  readonly state: State;
  /** Seconds until a machine counts as down. */
  readonly patienceS: number;
}

/** Asynchronous scans came with this version. */
const SINCE_ASYNC = 140000;
/** Stands where the password goes, in what a person is shown. */
const PLACEHOLDER = 'THE PASSWORD';

/** The foreign server of a host, and how everybody is let in there. */
export function serverSql(plan: WirePlan, host: Host, isShown: boolean): Made {
  const { names, state } = plan;
  const name = names.server(host.name);
  const server = quoteIdentifier(name);
  const found = state.servers.get(name);
  const options = serverOptions(host, plan);
  const changed = found === undefined ? [] : alteredOptions(found.options, options);
  const object: MadeObject = { kind: 'server', schema: null, name };
  const mapping: MadeObject = { kind: 'user mapping', schema: null, name };
  return {
    statements: [
      ...(found === undefined
        ? [`create server ${server} foreign data wrapper postgres_fdw options (\n  ${listed(options)}\n);`]
        : []),
      ...(changed.length === 0 ? [] : [`alter server ${server} options (${changed.join(', ')});`]),
      `comment on server ${server} is ${quoteLiteral(serverMark(names))};`,
      ...mappingSql(server, host, { state, isKept: found?.hasMapping ?? false, isShown }),
    ],
    objects: [object, mapping],
  };
}

/**
 * Whoever may read the tables is let in as one user: grants say who may. Without a password the endpoint goes by which
 * user of the system the server is, and only a superuser may let others in by that.
 */
function mappingSql(
  server: string,
  { connection, password }: Host,
  { state, isKept, isShown }: { readonly state: State; readonly isKept: boolean; readonly isShown: boolean },
): string[] {
  if (isKept && !state.isSuperuser && password === null) return [];
  const options = new Map([['user', connection.user ?? '']]);
  if (password !== null) options.set('password', isShown ? PLACEHOLDER : password);
  else if (state.isSuperuser && state.version >= 130000) options.set('password_required', 'false');
  return [
    ...(isKept ? [`drop user mapping for public server ${server};`] : []),
    `create user mapping for public server ${server} options (${listed(options)});`,
  ];
}

function serverOptions({ connection }: Host, { state: { version }, patienceS }: WirePlan): Map<string, string> {
  const { user: _user, password: _password, ...place } = connection;
  const isRemote = !(connection.host ?? '').startsWith('/');
  return new Map([
    ...Object.entries(place),
    // What hangs is given up, so that a host that is down keeps nobody waiting.
    ['connect_timeout', String(patienceS)],
    ...(isRemote
      ? [
          ['keepalives_idle', '5'],
          ['keepalives_interval', '2'],
          ['keepalives_count', '3'],
          ['tcp_user_timeout', '10000'],
        ]
      : []),
    ['fetch_size', '10000'],
    ['use_remote_estimate', 'false'],
    ...(version >= SINCE_ASYNC ? [['async_capable', 'true']] : []),
  ] as [string, string][]);
}

function listed(options: ReadonlyMap<string, string>): string {
  return [...options].map(([name, value]) => `${name} ${quoteLiteral(value)}`).join(', ');
}

function alteredOptions(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const set = [...after].flatMap(([name, value]) => {
    const was = before.get(name);
    if (was === value) return [];
    return [`${was === undefined ? 'add' : 'set'} ${name} ${quoteLiteral(value)}`];
  });
  return [...set, ...[...before.keys()].filter((name) => !after.has(name)).map((name) => `drop ${name}`)];
}

/** One live table: the parent of all hosts, and a foreign table of each. */
export function tableSql(plan: WirePlan, table: LiveTable): Made {
  const { names, hosts } = plan;
  const parent = names.at(table.name);
  const parts = hosts.map((host) => partSql(plan, table, host));
  return {
    statements: [
      ...parentSql(plan, table),
      `comment on table ${parent} is ${quoteLiteral(table.comment)};`,
      ...table.columns.map(({ name, comment }) => {
        return `comment on column ${parent}.${quoteIdentifier(name)} is ${quoteLiteral(comment)};`;
      }),
      // Two machines can have changed their places: what goes makes room first.
      ...parts.flatMap(({ drop }) => drop),
      ...parts.flatMap(({ statements }) => statements),
    ],
    objects: [{ kind: 'table', schema: names.schema, name: table.name }, ...parts.flatMap(({ objects }) => objects)],
  };
}

function parentSql({ names, state }: WirePlan, { name, columns }: LiveTable): string[] {
  const parent = names.at(name);
  const found = state.relations.find((it) => it.schema === names.schema && it.name === name);
  // Of the other way it is a view, which has gone before.
  if (found?.kind !== 'p') {
    return [`create table ${parent} (\n  ${columns.map(columnSql).join(',\n  ')}\n) partition by list (host_id);`];
  }
  const changes = columns.flatMap((column) => {
    const was = found.columns.find((it) => it.name === column.name);
    if (was === undefined) return [`add column ${columnSql(column)}`];
    if (was.type === catalogType(column.type)) return [];
    return [`alter column ${quoteIdentifier(column.name)} type ${typeSql(column.type)}`];
  });
  const gone = found.columns.filter((it) => !columns.some((column) => column.name === it.name));
  const all = [...changes, ...gone.map((it) => `drop column ${quoteIdentifier(it.name)}`)];
  return all.length === 0 ? [] : [`alter table ${parent} ${all.join(', ')};`];
}

/** A foreign table of its own would need a drop and a create for what is changed in no other way. */
function partSql(
  { names, state }: WirePlan,
  { name: table }: LiveTable,
  host: Host,
): Made & { readonly drop: readonly string[] } {
  const name = names.part(table, host.name);
  const part = names.within(name);
  const bound = `FOR VALUES IN (${quoteLiteral(host.id)})`;
  const server = names.server(host.name);
  const found = state.relations.find((it) => it.schema === names.inner && it.name === name);
  const isSame = found?.bound === bound && found.server === server && found.options.get('table_name') === table;
  const options = `options (schema_name 'public', table_name ${quoteLiteral(table)})`;
  const create = `create foreign table ${part} partition of ${names.at(table)}\n  for values in (${quoteLiteral(host.id)}) server ${quoteIdentifier(server)} ${options};`;
  return {
    drop: found !== undefined && !isSame ? [`drop foreign table ${part};`] : [],
    statements: [
      ...(isSame ? [] : [create]),
      `comment on foreign table ${part} is ${quoteLiteral(`the table ${table} of the machine ${host.name}, at ${host.address}`)};`,
    ],
    objects: [{ kind: 'foreign table', schema: names.inner, name }],
  };
}

/** Something that is quick to ask, and reads nothing of the kernel: whether a host answers. */
export function probeSql({ names, state }: WirePlan, host: Host): Made {
  const name = names.part('up', host.name);
  const part = names.within(name);
  const isThere = state.relations.some((it) => it.schema === names.inner && it.name === name);
  const options = `options (schema_name 'pg_catalog', table_name 'pg_database')`;
  return {
    statements: [
      ...(isThere
        ? []
        : [
            `create foreign table ${part} (datname name)\n  server ${quoteIdentifier(names.server(host.name))} ${options};`,
          ]),
      `comment on foreign table ${part} is ${quoteLiteral(`whether ${host.name} answers: what it tells reads nothing of its kernel`)};`,
    ],
    objects: [{ kind: 'foreign table', schema: names.inner, name }],
  };
}

/** The endpoint compares and sorts text by its bytes: with another collation here a sort there would be wrong. */
function columnSql({ name, type }: LiveTable['columns'][number]): string {
  return `${quoteIdentifier(name)} ${typeSql(type)}`;
}

function typeSql(type: string): string {
  return type === 'text' || type === 'text[]' ? `${type} collate "C"` : type;
}

/** As format_type() writes it. */
function catalogType(type: string): string {
  if (type === 'timestamptz') return 'timestamp with time zone';
  return type.replace(/^numeric\((\d+)\)$/, 'numeric($1,0)');
}
