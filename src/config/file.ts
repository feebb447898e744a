import { PlumblineError } from '../model/errors.ts';
import type { HomeSpec } from '../model/home.ts';
import type { SourceChoice } from '../model/look-source.ts';
import { parseCommands } from './commands.ts';
import { nearest } from './nearest.ts';
import type { Origin } from './origin.ts';
import { namedHome, parseHomes } from './parse-homes.ts';
import { FILE_SCHEMA, type ShapeMistake, shapeMistakes } from './schema.ts';
import type { TableWords } from './table-mapping.ts';
import { type KeyPath, parseToml, showPath, type TomlDocument } from './toml.ts';

/** What a configuration file says; null for what it leaves open. */
export interface ConfigFile {
  readonly homes: readonly HomeSpec[] | null;
  readonly commands: readonly string[] | null;
  readonly terminal: 'required' | 'optional' | null;
  readonly source: SourceChoice | null;
  readonly hostId: string | null;
  readonly registryUrl: string | null;
  readonly maxDeadPerPass: number | null;
  readonly table: TableWords;
  readonly historyDays: number | null;
}

/**
 * Reads a configuration file's text.
 * @param file its path, for errors
 * @throws {PlumblineError} `config` with the first mistake: its key's path and its line
 */
export function parseConfigFile(bytes: Uint8Array, file: string): ConfigFile {
  const document = parseToml(decode(bytes, file), file);
  const checked = FILE_SCHEMA.safeParse(document.root);
  if (!checked.success) throw shapeError(shapeMistakes(checked.error.issues, document.root), document, file);
  const { homes, commands, terminal, source, host, registry } = checked.data;
  if (host?.id?.trim() === '') throw mistakeIn(document, file, ['host', 'id'], 'it is empty', 'leave the key out');
  if (registry?.url?.trim() === '') {
    throw mistakeIn(document, file, ['registry', 'url'], 'it is empty', 'leave the key out for the embedded registry');
  }
  return {
    homes: homes === undefined ? null : readHomes(homes, document, file),
    commands: commands === undefined ? null : readCommands(commands, document, file),
    terminal: terminal ?? null,
    source: source ?? null,
    hostId: host?.id?.trim() ?? null,
    registryUrl: registry?.url?.trim() ?? null,
    maxDeadPerPass: registry?.max_dead_per_pass ?? null,
    table: {
      table: registry?.table ?? null,
      key: registry?.key ?? null,
      columns: registry?.columns ?? {},
      alive: registry?.alive ?? null,
      dead: registry?.dead ?? null,
      thisHost: registry?.this_host ?? null,
      insert: registry?.insert ?? null,
      touchSeconds: registry?.touch_seconds ?? null,
    },
    historyDays: registry?.history_days ?? null,
  };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PlumblineError('config', `${file} is not UTF-8`, { hint: 'save it as UTF-8', cause: error });
  }
}

function readHomes(
  homes: readonly string[] | Readonly<Record<string, string>>,
  document: TomlDocument,
  file: string,
): HomeSpec[] {
  if (Object.keys(homes).length === 0) {
    const hint = 'leave the key out to list every terminal';
    throw mistakeIn(document, file, ['homes'], 'it names no home', hint);
  }
  if (isList(homes))
    return parseHomes(
      homes,
      fromFile(document, file, (index) => ['homes', index]),
    );
  const names = Object.keys(homes);
  const origin = fromFile(document, file, (index) => ['homes', names[index] ?? '']);
  return names.map((name, index) => namedHome({ name, path: homes[name] ?? '' }, index, origin));
}

function isList(homes: readonly string[] | Readonly<Record<string, string>>): homes is readonly string[] {
  return Array.isArray(homes);
}

function readCommands(commands: readonly string[], document: TomlDocument, file: string): string[] {
  if (commands.length === 0) {
    const hint = 'leave the key out to list whatever runs in a home';
    throw mistakeIn(document, file, ['commands'], 'it names no program', hint);
  }
  return parseCommands(
    commands,
    fromFile(document, file, (index) => ['commands', index]),
  );
}

function fromFile(document: TomlDocument, file: string, pathOf: (index: number) => KeyPath): Origin {
  return {
    code: 'config',
    describe: (index) => placeOf(document, file, pathOf(index)),
    workingDirectory: null,
  };
}

function placeOf(document: TomlDocument, file: string, path: KeyPath): string {
  return `${showPath(path)}, line ${document.lineOf(path)} of ${file}`;
}

function mistakeIn(document: TomlDocument, file: string, path: KeyPath, message: string, hint: string): PlumblineError {
  return new PlumblineError('config', `${placeOf(document, file, path)}: ${message}`, { hint });
}

/** The first mistake in the order of the lines: the others may follow from it. */
function shapeError(mistakes: readonly ShapeMistake[], document: TomlDocument, file: string): PlumblineError {
  const [first] = [...mistakes].sort((a, b) => document.lineOf(a.path) - document.lineOf(b.path));
  if (!first) return new PlumblineError('config', `${file} does not have the shape of a configuration`);
  const meant = nearest(String(first.path.at(-1)), first.knownKeys);
  const known = first.knownKeys.length > 0 ? `known here: ${first.knownKeys.join(', ')}` : '';
  return mistakeIn(document, file, first.path, first.message, meant === null ? known : `did you mean ${meant}?`);
}
