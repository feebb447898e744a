import type { Settings } from './settings.ts';

/** What Postgres tells its clients of without being asked, in ParameterStatus. */
export const REPORTED = [
  'application_name',
  'client_encoding',
  'DateStyle',
  'default_transaction_read_only',
  'in_hot_standby',
  'integer_datetimes',
  'IntervalStyle',
  'is_superuser',
  'scram_iterations',
  'search_path',
  'server_encoding',
  'server_version',
  'session_authorization',
  'standard_conforming_strings',
  'TimeZone',
] as const;

/** What a client knows of its settings, and what it has to be told. */
export class ReportedSettings {
  readonly #settings: Settings;
  #server: ReadonlyMap<string, string> = new Map();
  readonly #told = new Map<string, string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * @param server what the server itself has
   * @returns all of them, as they are for this client
   */
  start(server: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    this.#server = server;
    this.changed();
    return new Map(this.#told);
  }

  /** Those that have changed since they were last told. */
  changed(): readonly (readonly [name: string, value: string])[] {
    const found: (readonly [string, string])[] = [];
    for (const [name, value] of this.#server) {
      const now = this.#settings.get(name) ?? value;
      if (this.#told.get(name) === now) continue;
      this.#told.set(name, now);
      found.push([name, now]);
    }
    return found;
  }
}
