import { PlumblineError } from '../model/errors.ts';
import type { HomeSpec } from '../model/home.ts';
import { SOURCE_CHOICES, type SourceChoice } from '../model/look-source.ts';
import type { TableMapping } from '../model/table-mapping.ts';
import { parseCommands } from './commands.ts';
import { holdsPassword } from './database-url.ts';
import type { ConfigFile } from './file.ts';
import { type ConfigPlaces, findConfig } from './find.ts';
import { fromFlag } from './origin.ts';
import { parseHomes } from './parse-homes.ts';
import { readTableMapping, TABLE_FLAGS, type TableWords, tableKeys } from './table-mapping.ts';

/** What the command line says; null for what it leaves open. */
export interface SettingFlags {
  readonly config: string | null;
  readonly homes: readonly string[] | null;
  readonly commands: readonly string[] | null;
  readonly terminal: 'required' | 'optional' | null;
  readonly source: SourceChoice | null;
  readonly hostId: string | null;
  /** `--db`. */
  readonly db: string | null;
  /** `--table` and what belongs to it. */
  readonly table: TableWords;
}

/** What surrounds the program, passed in so that nothing here reads it by itself. */
export interface Surroundings extends Omit<ConfigPlaces, 'flag'> {
  readonly workingDirectory: () => string;
}

/** The configuration that holds: what `observe` is asked. */
export interface Settings {
  readonly homes: readonly HomeSpec[];
  /** Null: no commands are configured, and whatever runs in a home is listed. */
  readonly commands: readonly string[] | null;
  readonly terminal: 'required' | 'optional';
  /** What all processes are read from. */
  readonly source: SourceChoice;
  readonly hostId: string | null;
  /** A server that holds the registry; null for the embedded one. */
  readonly registryUrl: string | null;
  /** How many deaths one sync may write; null for the usual brake. */
  readonly maxDeadPerPass: number | null;
  /** Somebody else's table that holds the rows; null for plumbline's own. */
  readonly table: TableMapping | null;
  /** How many days events are kept; null for the usual 90. */
  readonly historyDays: number | null;
  /** The file that it came from; null where there is none. */
  readonly file: string | null;
}

/**
 * Puts the configuration together: flags, over the first file found. A flag replaces the file's key, and is never
 * added to it. A file costs a TOML parser and a schema, so they are loaded only where there is one.
 * @throws {PlumblineError} `usage` for the flags, `config` for the file
 */
export async function readSettings(flags: SettingFlags, around: Surroundings): Promise<Settings> {
  const homes = flags.homes && parseHomes(flags.homes, fromFlag('--home', around.workingDirectory));
  const commands = flags.commands && parseCommands(flags.commands, fromFlag('--command', around.workingDirectory));
  const hostId = flags.hostId === null ? null : checkHostId(flags.hostId);
  const found = findConfig({ ...around, flag: flags.config });
  const file = found && (await parseFile(found.bytes, found.path));
  const settings: Settings = {
    homes: homes ?? file?.homes ?? [],
    commands: commands ?? file?.commands ?? null,
    terminal: flags.terminal ?? file?.terminal ?? 'required',
    source: flags.source ?? sourceOf(around) ?? file?.source ?? 'auto',
    hostId: hostId ?? file?.hostId ?? null,
    registryUrl: registryUrl(flags, around) ?? file?.registryUrl ?? null,
    maxDeadPerPass: file?.maxDeadPerPass ?? null,
    table: tableMapping(flags.table, file?.table ?? null, found?.path ?? ''),
    historyDays: file?.historyDays ?? null,
    file: found?.path ?? null,
  };
  refuseIdleSettings(settings, flags);
  return settings;
}

async function parseFile(bytes: Uint8Array, path: string): Promise<ConfigFile> {
  const { parseConfigFile } = await import('./file.ts');
  return parseConfigFile(bytes, path);
}

/** DATABASE_URL belongs to the operator's own application, and is not read. */
function registryUrl({ db }: SettingFlags, { env }: Surroundings): string | null {
  if (db === null) return env['PLUMBLINE_DATABASE_URL'] || null;
  if (db === '')
    throw new PlumblineError('usage', '--db: it is empty', { hint: 'leave it out for the embedded registry' });
  if (!holdsPassword(db)) return db;
  throw new PlumblineError('usage', '--db holds a password, which everybody on this machine can read there', {
    hint: 'put it into ~/.pgpass (mode 600), or the URL into PLUMBLINE_DATABASE_URL or the configuration',
  });
}

/** A table on the command line is another one than the file's, and takes nothing from there. */
function tableMapping(flags: TableWords, file: TableWords | null, path: string): TableMapping | null {
  if (flags.table !== null || file?.table == null) {
    return readTableMapping(flags, TABLE_FLAGS) ?? (file && readTableMapping(file, tableKeys(path)));
  }
  // Of the file's table the command line may say these two.
  const { thisHost, insert } = flags;
  readTableMapping({ ...flags, thisHost: null, insert: null }, TABLE_FLAGS);
  const words = { ...file, thisHost: thisHost ?? file.thisHost, insert: insert ?? file.insert };
  return readTableMapping(words, tableKeys(path));
}

function sourceOf({ env }: Surroundings): SourceChoice | null {
  const word = env['PLUMBLINE_SOURCE'];
  if (!word) return null;
  const choice = SOURCE_CHOICES.find((it) => it === word);
  if (choice) return choice;
  const hint = `it is one of ${SOURCE_CHOICES.join(', ')}`;
  throw new PlumblineError('usage', `PLUMBLINE_SOURCE: there is no source ${word}`, { hint });
}

function checkHostId(id: string): string {
  if (id.trim() !== '') return id.trim();
  throw new PlumblineError('usage', '--host-id: it is empty', { hint: 'leave it out for the machine-id' });
}

/** Without homes every terminal is listed, whatever it runs: a setting that would say otherwise must not be ignored. */
function refuseIdleSettings(settings: Settings, flags: SettingFlags): void {
  if (settings.homes.length > 0) return;
  const hint = "say where the sessions live: --home '/srv/agents/*'";
  if (flags.commands !== null) throw new PlumblineError('usage', '--command needs homes', { hint });
  if (flags.terminal !== null) throw new PlumblineError('usage', '--terminal needs homes', { hint });
  if (settings.commands === null) return;
  throw new PlumblineError('config', `${settings.file} has commands and no homes`, {
    hint: 'add homes = ["/srv/agents/*"] to it, or pass --home',
  });
}
