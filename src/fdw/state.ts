import { PlumblineError } from '../model/errors.ts';
import type { Database } from '../registry/database.ts';
import type { Names } from './names.ts';
import { type MadeObject, readRecord } from './record.ts';
import stateSql from './sql/state.sql';

/** A table, view or foreign table that is there. */
interface FoundRelation {
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind. */
  readonly kind: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly server: string | null;
  readonly options: ReadonlyMap<string, string>;
  /** `FOR VALUES IN ('…')` of a partition; null for anything else. */
  readonly bound: string | null;
}

/** A foreign server that is there. */
interface FoundServer {
  readonly comment: string | null;
  readonly options: ReadonlyMap<string, string>;
  readonly hasMapping: boolean;
}

/** What the operator's database has of an installation, and what its role may do there. */
export interface State {
  /** 150018. */
  readonly version: number;
  readonly database: string;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly mayCreate: boolean;
  readonly isAvailable: boolean;
  readonly hasExtension: boolean;
  readonly mayUseWrapper: boolean;
  /** Whether the schemas are there. */
  readonly isInstalled: boolean;
  /** What an earlier installation has made; empty where there is none. */
  readonly made: readonly MadeObject[];
  readonly relations: readonly FoundRelation[];
  /** What there is of the schema plumbline: a registry, or the tables of homes alone. */
  readonly plumbline: { readonly isThere: boolean; readonly hasRegistry: boolean; readonly hasHomes: boolean };
  readonly servers: ReadonlyMap<string, FoundServer>;
}

/** What says of a schema that it is ours. */
export const MARK = 'plumbline: live tables of the kernel, made by plumb fdw install';

interface WireRelation extends Omit<FoundRelation, 'options' | 'columns'> {
  readonly options: readonly string[] | null;
  readonly columns: FoundRelation['columns'] | null;
}

interface WireServer {
  readonly comment: string | null;
  readonly options: readonly string[] | null;
  readonly has_mapping: boolean;
}

/**
 * Reads what is there.
 * @param extension `postgres_fdw`, `file_fdw`
 * @throws {PlumblineError} `schema` where a schema of that name is somebody else's
 */
export async function readState(database: Database, names: Names, extension: string): Promise<State> {
  const { rows } = await database.query(stateSql, [names.schema, names.inner, extension]);
  const row = rows[0] ?? {};
  const json = <T>(name: string, none: T): T => (row[name] == null ? none : (JSON.parse(row[name]) as T));
  const schemas = json<Record<string, { comment: string | null; is_mine: boolean }>>('schemas', {});
  for (const [schema, { comment, is_mine }] of Object.entries(schemas)) {
    if (!comment?.startsWith(MARK)) throw somebodyElses(schema, names, database.place);
    if (!is_mine) throw notMine(schema, row['role'] ?? '');
  }
  return {
    version: Number(row['version']),
    database: row['database'] ?? '',
    role: row['role'] ?? '',
    isSuperuser: row['is_superuser'] === 'true',
    mayCreate: row['may_create'] === 'true',
    isAvailable: row['is_available'] === 'true',
    hasExtension: row['has_extension'] === 'true',
    mayUseWrapper: row['may_use_wrapper'] === 'true',
    isInstalled: names.schema in schemas,
    made: ownOnly(readRecord(schemas[names.inner]?.comment ?? null, MARK), row['has_registry'] === 'true'),
    plumbline: {
      isThere: row['has_plumbline'] === 'true',
      hasRegistry: row['has_registry'] === 'true',
      hasHomes: row['has_homes'] === 'true',
    },
    relations: json<WireRelation[]>('relations', []).map((it) => {
      return { ...it, columns: it.columns ?? [], options: optionsOf(it.options) };
    }),
    servers: new Map(
      Object.entries(json<Record<string, WireServer>>('servers', {})).map(([name, it]) => {
        return [name, { comment: it.comment, options: optionsOf(it.options), hasMapping: it.has_mapping }];
      }),
    ),
  };
}

/** What a registry that came later has taken over stays with it. */
function ownOnly(made: readonly MadeObject[], hasRegistry: boolean): MadeObject[] {
  const isItsOwn = ({ kind, schema, name }: MadeObject) => (kind === 'schema' ? name : schema) === 'plumbline';
  return made.filter((it) => !hasRegistry || !isItsOwn(it));
}

/** `{host=127.0.0.1,port=5433}`, as the catalog has them. */
function optionsOf(words: readonly string[] | null): Map<string, string> {
  return new Map((words ?? []).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}

function somebodyElses(schema: string, names: Names, place: string): PlumblineError {
  const hint =
    schema === names.schema ? 'name another: --schema NAME' : `--schema needs ${schema} as well: name another`;
  return new PlumblineError('schema', `${place} has a schema ${schema} that plumb has not made`, { hint });
}

function notMine(schema: string, role: string): PlumblineError {
  return new PlumblineError('schema', `the schema ${schema} belongs to another role than ${role}`, {
    hint: 'connect as its owner, or as a superuser',
  });
}
