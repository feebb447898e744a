import { PlumblineError } from '../model/errors.ts';
import { quoteIdentifier, quoteLiteral } from '../registry/identifiers.ts';
import { hostFunctions } from './host-functions.ts';
import { kernelFunctions } from './kernel-sql.ts';
import type { Made } from './made.ts';
import type { Names } from './names.ts';
import { paneFunctions } from './pane-sql.ts';
import { dropSql, hasOtherRows, isSameObject, type MadeObject, recordOf } from './record.ts';
import { serverMark } from './server-mark.ts';
import { MARK, type State } from './state.ts';
import { type ViewsPlan, viewsSql } from './views.ts';
import { probeSql, serverSql, tableSql, type WirePlan } from './wire-sql.ts';

/** The one live table that not everybody should read: whole command lines, with what is secret in them. */
const SECRET = 'process_arguments';

/** How a server gets to the live tables. */
export type Via = keyof typeof EXTENSION_OF;

/** All that is to be there. */
export interface InstallPlan {
  readonly names: Names;
  /** What stands in the schema beside the views of the operator's table. */
  readonly relations: readonly string[];
  readonly state: State;
  /** Where the live tables come from. */
  readonly via: Via;
  /** They themselves, as they are run, and as they are shown to a person. */
  readonly live: { readonly run: Made; readonly shown: Made };
  /** The foreign servers that are made, by name. */
  readonly servers: readonly string[];
  /** Views of the operator's own table; null without one. */
  readonly views: ViewsPlan | null;
  /** Roles that may read. */
  readonly grants: readonly string[];
}

/** Which extension a way needs. */
export const EXTENSION_OF = { wire: 'postgres_fdw', program: 'file_fdw', bpf: 'file_fdw' } as const;

/** The live tables of all machines, asked over the network. */
export function wireSql(plan: WirePlan, isShown: boolean): Made {
  const parts: readonly Made[] = [
    ...plan.hosts.map((host) => serverSql(plan, host, isShown)),
    ...plan.tables.map((table) => tableSql(plan, table)),
    ...plan.hosts.map((host) => probeSql(plan, host)),
    hostFunctions(plan),
  ];
  return { statements: parts.flatMap((it) => it.statements), objects: parts.flatMap((it) => it.objects) };
}

/**
 * The statements that make an installation, or bring one to what is wanted, to be run in one transaction.
 * @param isShown for a person: without passwords
 * @throws {PlumblineError} `schema` where something of that name is somebody else's
 */
export function installSql(plan: InstallPlan, { isShown }: { readonly isShown: boolean }): string[] {
  const { names, state, views, via, live } = plan;
  refuseForeign(plan);
  const schemas = schemasSql(plan);
  const parts: readonly Made[] = [
    isShown ? live.shown : live.run,
    ...(views === null ? [] : [paneFunctions(names), kernelFunctions(names), viewsSql(views, plan)]),
  ];
  const extension: MadeObject = { kind: 'extension', schema: null, name: EXTENSION_OF[via] };
  const isOurs = !state.hasExtension || state.made.some((it) => isSameObject(it, extension));
  const objects = [...(isOurs ? [extension] : []), ...schemas.objects, ...parts.flatMap((it) => it.objects)];
  const isAnew = hasOtherRows(state.made, objects);
  const gone = state.made.filter((it) => {
    return (
      (isAnew && (it.kind === 'view' || it.kind === 'function')) || !objects.some((other) => isSameObject(it, other))
    );
  });
  return [
    ...(state.hasExtension ? [] : [`create extension ${extension.name};`]),
    ...schemas.statements,
    // What is there no more goes first, in the reverse of the order in which it was made: a machine's id can have moved.
    ...gone.reverse().map(dropSql),
    ...parts.flatMap((it) => it.statements),
    ...grantsSql(plan),
    `comment on schema ${quoteIdentifier(names.inner)} is ${quoteLiteral(recordOf(objects, MARK))};`,
  ];
}

function schemasSql({ names, state }: InstallPlan): Made {
  const create = (name: string) => `create schema ${quoteIdentifier(name)};`;
  return {
    statements: [
      ...(state.isInstalled ? [] : [create(names.schema), create(names.inner)]),
      `comment on schema ${quoteIdentifier(names.schema)} is ${quoteLiteral(`${MARK}; plumb fdw remove takes it out`)};`,
    ],
    objects: [
      { kind: 'schema', schema: null, name: names.schema },
      { kind: 'schema', schema: null, name: names.inner },
    ],
  };
}

/** A server of that name, or a table in our schema, that somebody else has made is left alone. */
function refuseForeign({ names, servers, relations, state, views }: InstallPlan): void {
  for (const name of servers) {
    const found = state.servers.get(name);
    if (found === undefined || found.comment === serverMark(names)) continue;
    throw new PlumblineError('schema', `there is a foreign server ${name} that plumb has not made`, {
      hint: 'call the endpoint otherwise (--endpoint NAME=ADDRESS), or the schema (--schema)',
    });
  }
  const wanted = [...relations, ...(views?.names ?? [])];
  const made = new Set(state.made.filter(({ schema }) => schema === names.schema).map(({ name }) => name));
  const other = state.relations.find(
    ({ schema, name }) => schema === names.schema && wanted.includes(name) && !made.has(name),
  );
  if (other === undefined) return;
  throw new PlumblineError('schema', `the schema ${names.schema} has a ${other.name} that plumb has not made`, {
    hint: 'move it: alter table … set schema …',
  });
}

function grantsSql({ names, relations, grants, views }: InstallPlan): string[] {
  const readable = [...relations.filter((name) => name !== SECRET), ...(views?.names ?? [])].map(names.at);
  return grants.flatMap((role) => [
    `grant usage on schema ${quoteIdentifier(names.schema)} to ${quoteIdentifier(role)};`,
    `grant select on ${readable.join(', ')} to ${quoteIdentifier(role)};`,
  ]);
}

/**
 * The statements that take an installation out, and nothing else: each refuses where something of the operator's depends
 * on it.
 */
export function removeSql({ made }: State): string[] {
  return [...made].reverse().map(dropSql);
}
