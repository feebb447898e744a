import { quoteIdentifier, quoteLiteral } from '../../registry/identifiers.ts';
import type { Made } from '../made.ts';
import type { Names } from '../names.ts';
import type { MadeObject } from '../record.ts';
import { serverMark } from '../server-mark.ts';
import type { State } from '../state.ts';
import { ARGUMENTS, TASKS, type TextColumn } from './text-form.ts';

/** A file that Postgres reads as a table. */
interface Source {
  readonly name: string;
  readonly file: string;
  readonly comment: string;
  readonly columns: readonly TextColumn[];
  readonly options: string;
}

/** What stands in no file of the kernel: so a line is one value, whatever is in it. */
const ONE_COLUMN = `format 'csv', delimiter E'\\x01', quote E'\\x02'`;
const TABBED = `format 'text', delimiter E'\\t', null ''`;

/** The files that are read. @param pins the directory with the pinned programs */
export function sourcesOf(pins: string): readonly Source[] {
  const line = (name: string): TextColumn[] => [[name, 'text', 'the line']];
  return [
    {
      name: 'tasks',
      file: `${pins}/sessions_text`,
      comment:
        'every process, as a BPF iterator tells it when it is read; the first line and the last say whether that is all',
      columns: TASKS,
      options: TABBED,
    },
    {
      name: 'arguments',
      file: `${pins}/arguments_text`,
      comment: 'whole command lines, with what is secret in them: for the owner alone',
      columns: ARGUMENTS,
      options: TABBED,
    },
    {
      name: 'boot',
      file: '/proc/sys/kernel/random/boot_id',
      comment: 'the boot of the machine',
      columns: line('boot_id'),
      options: ONE_COLUMN,
    },
    {
      name: 'tty_drivers',
      file: '/proc/tty/drivers',
      comment: 'what terminals are called',
      columns: line('line'),
      options: ONE_COLUMN,
    },
  ];
}

/** The foreign tables of the files, and their server. */
export function sourcesSql(pins: string, { names, state }: { readonly names: Names; readonly state: State }): Made {
  const server = names.server('bpf');
  const tables = sourcesOf(pins).map((it) => sourceSql(it, server, { names, state }));
  return {
    statements: [
      ...(state.servers.has(server) ? [] : [`create server ${quoteIdentifier(server)} foreign data wrapper file_fdw;`]),
      `comment on server ${quoteIdentifier(server)} is ${quoteLiteral(serverMark(names))};`,
      ...tables.flatMap((it) => it.statements),
    ],
    objects: [{ kind: 'server', schema: null, name: server }, ...tables.flatMap((it) => it.objects)],
  };
}

function sourceSql(
  { name, file, comment, columns, options }: Source,
  server: string,
  { names, state }: { readonly names: Names; readonly state: State },
): Made {
  const table = names.within(name);
  const found = state.relations.find((it) => it.schema === names.inner && it.name === name);
  const wanted = columns.map(([column, type]) => `${column} ${type}`).join('\0');
  const isSame = found?.columns.map((it) => `${it.name} ${it.type}`).join('\0') === wanted;
  const list = columns.map(([column, type]) => `${column} ${type}${type === 'text' ? ' collate "C"' : ''}`).join(', ');
  const object: MadeObject = { kind: 'foreign table', schema: names.inner, name };
  return {
    statements: [
      ...(found !== undefined && !isSame ? [`drop foreign table ${table};`] : []),
      isSame
        ? `alter foreign table ${table} options (set filename ${quoteLiteral(file)});`
        : `create foreign table ${table} (${list}) server ${quoteIdentifier(server)} options (filename ${quoteLiteral(file)}, ${options});`,
      `comment on foreign table ${table} is ${quoteLiteral(comment)};`,
      ...columns.map(([column, , text]) => `comment on column ${table}.${column} is ${quoteLiteral(text)};`),
    ],
    objects: [object],
  };
}
