import { PlumblineError } from '../model/errors.ts';
import { COLUMN_KINDS, type ColumnKind, type TableMapping } from '../model/table-mapping.ts';
import { nearest } from './nearest.ts';

/** What the command line, or the file, says of a table; null for what it leaves open. */
export interface TableWords {
  readonly table: string | null;
  readonly key: string | null;
  readonly columns: Readonly<Record<string, string>>;
  readonly alive: readonly string[] | null;
  readonly dead: readonly string[] | null;
  readonly thisHost: boolean | null;
  readonly insert: boolean | null;
  readonly touchSeconds: number | null;
}

/** How the words are written where they stand, for the errors. */
export interface TableSpelling {
  readonly code: 'usage' | 'config';
  /** `--key`, or `registry.key`. */
  readonly name: (word: 'table' | 'key' | 'alive' | 'dead' | 'this_host' | 'insert' | 'touch_seconds') => string;
  /** `--pid`, or `registry.columns.pid`. */
  readonly column: (kind: string) => string;
}

/** As flags. */
export const TABLE_FLAGS: TableSpelling = {
  code: 'usage',
  name: (word) => `--${word.replace('_', '-')}`,
  column: (kind) =>
    ({ pid: '--pid', terminal: '--tty', pane: '--pane', host: '--host', status: '--status' })[kind] ??
    `--column ${kind}=…`,
};

/** As keys of a configuration file. */
export function tableKeys(file: string): TableSpelling {
  return {
    code: 'config',
    name: (word) => `registry.${word} in ${file}`,
    column: (kind) => `registry.columns.${kind} in ${file}`,
  };
}

/**
 * Puts the mapping of a table together.
 * @returns null where no table is named
 * @throws {PlumblineError} `usage` or `config` for what does not make sense together
 */
export function readTableMapping(words: TableWords, spelling: TableSpelling): TableMapping | null {
  const fail = (message: string, hint: string): never => {
    throw new PlumblineError(spelling.code, message, { hint });
  };
  const { table, key, alive, dead, columns } = words;
  if (table === null) {
    const word = idleWord(words, spelling);
    return word === null ? null : fail(`${word} belongs to ${spelling.name('table')}`, 'name the table as well');
  }
  if (table.trim() === '') fail(`${spelling.name('table')} is empty`, 'name the table as SQL does: public.agents');
  const unknown = Object.keys(columns).find((kind) => !COLUMN_KINDS.includes(kind as ColumnKind));
  if (unknown !== undefined) {
    const meant = nearest(unknown, COLUMN_KINDS);
    fail(`there is no kind of column ${unknown}`, meant === null ? COLUMN_KINDS.join(', ') : `did you mean ${meant}?`);
  }
  if (key === null) return fail(`${spelling.name('key')} is missing`, "name the column that holds the session's name");
  const { pid } = columns;
  if (pid === undefined) return fail(`${spelling.column('pid')} is missing`, 'name the column that holds the pid');
  const twice = [key, ...Object.values(columns)].find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined) fail(`the column ${twice} is mapped twice`, 'a column holds one thing');
  refuseHalves(words, spelling);
  return {
    table,
    key,
    columns: { ...columns, pid } as TableMapping['columns'],
    alive: alive ?? [],
    dead: dead ?? [],
    thisHost: words.thisHost ?? false,
    insert: words.insert ?? false,
    touchSeconds: words.touchSeconds,
  };
}

/** What would be ignored, or leave a value to be guessed. */
function refuseHalves({ columns, alive, dead, touchSeconds }: TableWords, spelling: TableSpelling): void {
  const fail = (message: string, hint: string) => {
    throw new PlumblineError(spelling.code, message, { hint });
  };
  const status = spelling.column('status');
  const both = `${spelling.name('alive')} and ${spelling.name('dead')}`;
  const hasBoth = (alive?.length ?? 0) > 0 && (dead?.length ?? 0) > 0;
  if (columns['status'] !== undefined && !hasBoth) fail(`${status} needs ${both}`, 'the values that say so');
  if (columns['status'] === undefined && (alive || dead)) fail(`${both} need ${status}`, 'name the column as well');
  const shared = alive?.find((value) => dead?.includes(value));
  if (shared !== undefined) fail(`${JSON.stringify(shared)} cannot mean both alive and dead`, 'a value says one thing');
  if (touchSeconds !== null && columns['observed_at'] === undefined) {
    fail(`${spelling.name('touch_seconds')} needs ${spelling.column('observed_at')}`, 'name the column that it renews');
  }
}

function idleWord(words: TableWords, spelling: TableSpelling): string | null {
  const { key, columns, alive, dead, thisHost, insert, touchSeconds } = words;
  const [kind] = Object.keys(columns);
  if (key !== null) return spelling.name('key');
  if (kind !== undefined) return spelling.column(kind);
  if (alive !== null) return spelling.name('alive');
  if (dead !== null) return spelling.name('dead');
  if (thisHost !== null) return spelling.name('this_host');
  if (insert !== null) return spelling.name('insert');
  return touchSeconds === null ? null : spelling.name('touch_seconds');
}

/** Nothing said of any table. */
export const NO_TABLE: TableWords = {
  table: null,
  key: null,
  columns: {},
  alive: null,
  dead: null,
  thisHost: null,
  insert: null,
  touchSeconds: null,
};
