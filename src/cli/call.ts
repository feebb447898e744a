import { homedir } from 'node:os';
import { readSettings, type SettingFlags, type Settings } from '../config/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type ObserveOptions, observe } from '../observe.ts';
import type { Output } from './output.ts';

/** How an answer is written. */
export type Format = 'table' | 'wide' | 'tsv' | 'json' | 'ndjson';

/** One run of a command: what was asked, and where the answer goes. */
export interface Call {
  readonly flags: SettingFlags;
  /** As asked; null where the stream decides. */
  readonly format: Format | null;
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
