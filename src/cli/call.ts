import { homedir } from 'node:os';
import { readSettings, type SettingFlags, type Settings } from '../config/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type ObserveOptions, observe } from '../observe.ts';
import type { Output } from './output.ts';

/** Every way of writing an answer; no command without a relation knows more than a table, tsv and json. */
export const FORMATS = ['table', 'wide', 'tsv', 'json', 'ndjson', 'csv'] as const;

/** How an answer is written. */
export type Format = (typeof FORMATS)[number];

/** What every command whose answer is rows with named columns can write. */
export const ROW_FORMATS: readonly Format[] = FORMATS.filter((it) => it !== 'csv');

/** One run of a command: what was asked, and where the answer goes. */
export interface Call {
  readonly flags: SettingFlags;
  /** As asked; null where the stream decides. */
  readonly format: Format | null;
  /** `--columns`, as it was typed; null without it. */
  readonly columns: string | null;
  readonly headings: boolean;
  readonly color: boolean;
  readonly output: Output;
}

/** What one look found, and what it was asked for. */
export interface Look {
  readonly settings: Settings;
  readonly snapshot: Snapshot;
}

/** What a command asks of a look beside what is configured. */
export type LookOptions = Omit<ObserveOptions, keyof Settings | 'machine'>;

const SYSTEM_FILE = '/etc/plumbline/config.toml';

/**
 * Looks at this machine as the flags and the configuration say.
 * @param check throws where the settings say too little for what is asked
 */
export async function look(
  call: Call,
  options: LookOptions = {},
  check: (settings: Settings) => void = () => {},
): Promise<Look> {
  const settings = await settingsOf(call);
  check(settings);
  return { settings, snapshot: await observe({ ...settings, ...options }) };
}

/** The configuration that holds for this call. */
export function settingsOf(call: Call): Promise<Settings> {
  return readSettings(call.flags, {
    env: globalThis.process.env,
    userDirectory: homedir,
    systemFile: SYSTEM_FILE,
    workingDirectory: () => globalThis.process.cwd(),
  });
}

/** A table for a person, lines for a program, unless the call says otherwise. */
export function formatOf(call: Call): Format {
  return call.format ?? (call.output.isTerminal ? 'table' : 'tsv');
}

/**
 * Whether an answer is written from its relation's columns: where some were asked for, and in the formats that have all.
 * Else a command of sessions or rows has a table, lines and an object of its own.
 */
export function isByColumns({ columns, format }: Pick<Call, 'columns' | 'format'>): boolean {
  return columns !== null || format === 'wide' || format === 'ndjson';
}
