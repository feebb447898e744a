import { frontend } from '../protocol/frontend.ts';
import { SqlError } from '../sql-error.ts';
import { KEPT_FROM_ENGINE } from '../statement/setting-rules.ts';
import { literal } from './literal.ts';

/** The settings as they were at some point of a transaction. */
export interface SettingsState {
  /** What SET has set: it stays when the transaction has succeeded. */
  readonly session: ReadonlyMap<string, string>;
  /** What SET LOCAL has set over it, up to the end of the transaction. */
  readonly local: ReadonlyMap<string, string>;
}

/** Names and values together: all of them are brought to the engine whenever another client was there before. */
const MOST_CHARACTERS = 65_536;

const NOTHING: SettingsState = { session: new Map(), local: new Map() };

/**
 * What one client has set, by names in small letters, with the values as `current_setting` tells them: what RESET goes back
 * to, what SET has set over that, and what SET LOCAL has set over both.
 */
export class Settings {
  #base: ReadonlyMap<string, string> = new Map();
  #state = NOTHING;
  #frames: Uint8Array | null = null;
  readonly #changed: () => void;

  /** @param changed the engine's are not these any more */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get state(): SettingsState {
    return this.#state;
  }

  /** What this client has of a setting; undefined where it has the server's own. */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#state.local.get(key) ?? this.#state.session.get(key) ?? this.#base.get(key);
  }

  /** What RESET goes back to; undefined for the server's own. */
  base(name: string): string | undefined {
    return this.#base.get(name.toLowerCase());
  }

  /** What the client has asked for when it connected. */
  start(base: ReadonlyMap<string, string>): void {
    this.#base = base;
    this.#change(NOTHING);
  }

  /** @throws {SqlError} `53200` where they are too many, or too long */
  set(name: string, value: string, isLocal: boolean): void {
    const key = name.toLowerCase();
    const { session, local } = this.#state;
    if (isLocal) this.#change({ session, local: new Map(local).set(key, value) });
    else this.#change({ session: new Map(session).set(key, value), local: without(local, key) });
  }

  reset(name: string): void {
    const key = name.toLowerCase();
    this.#change({ session: without(this.#state.session, key), local: without(this.#state.local, key) });
  }

  resetAll(): void {
    this.#change(NOTHING);
  }

  /** The transaction has succeeded. */
  commit(): void {
    if (this.#state.local.size > 0) this.#change({ ...NOTHING, session: this.#state.session });
  }

  /** The transaction, or what came after a savepoint, has not. */
  restore(state: SettingsState): void {
    if (state !== this.#state) this.#change(state);
  }

  /** What gives an engine that has its own settings these: one Query; nothing where they are the same. */
  frames(): Uint8Array {
    this.#frames ??= framesOf(new Map([...this.#base, ...this.#state.session, ...this.#state.local]));
    return this.#frames;
  }

  #change(state: SettingsState): void {
    if (sizeOf(state) > MOST_CHARACTERS && sizeOf(state) > sizeOf(this.#state)) throw tooMany();
    this.#state = state;
    this.#frames = null;
    this.#changed();
  }
}

function sizeOf({ session, local }: SettingsState): number {
  return [...session, ...local].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function tooMany(): SqlError {
  return new SqlError('53200', `the settings of this client are longer than ${MOST_CHARACTERS} characters`, {
    hint: 'RESET what is not needed any more.',
  });
}

function without(map: ReadonlyMap<string, string>, key: string): ReadonlyMap<string, string> {
  if (!map.has(key)) return map;
  const left = new Map(map);
  left.delete(key);
  return left;
}

function framesOf(settings: ReadonlyMap<string, string>): Uint8Array {
  if (settings.size === 0) return new Uint8Array();
  return frontend.query(`select ${[...settings].map(([name, value]) => setConfig(name, value)).join(', ')}`);
}

/** The call that sets it for longer than a transaction; but for what the engine must not keep. */
export function setConfig(name: string, value: string): string {
  const isLocal = KEPT_FROM_ENGINE.includes(name.toLowerCase());
  return `pg_catalog.set_config(${literal(name)}, ${literal(value)}, ${isLocal})`;
}
