import { MachineLook } from '../../look/machine-look.ts';
import type { RunClient } from '../../look/session-details.ts';
import type { ObserveOptions } from '../../observe.ts';
import { among } from './columns.ts';
import type { Lacking, TableNeeds, TellingSnapshot, TellingSnapshots } from './live-table.ts';
import { columnsOf, type LookDepth, type LookMaking, READ_TABLES, SharedLook } from './shared-look.ts';

/** What the sessions are looked for by, as `observe` has it. */
export type LookSettings = Omit<
  ObserveOptions,
  'explain' | 'proveAbsence' | 'identifyPrograms' | 'claims' | 'incumbents' | 'panes'
>;

/** How snapshots are made; all but the settings is for tests. */
export interface SnapshotsOptions {
  readonly settings: LookSettings;
  readonly open?: (options: ObserveOptions) => Promise<MachineLook>;
  /** Who runs the clients of multiplexers. */
  readonly run?: RunClient;
  /** How long the next look waits for one that takes long, where the last one took so many milliseconds. */
  readonly patience?: (lastMs: number) => Promise<void>;
  /** When what was read before has been answered. A look keeps this thread busy, and answers would wait for it. */
  readonly calm?: () => Promise<void>;
}

/** A look takes this long where a file system does not answer; nobody else has to wait for that. */
const PATIENCE_MS = 50;
/**
 * And so many times as long as the last one: where the machine is busy or large all looks take long, and those that run side
 * by side make each other slower instead of being shared.
 */
const PATIENCE_TIMES = 3;
/** Not longer than this, whatever the last one has waited for. */
const MOST_PATIENCE_MS = 1000;
/** So many looks wait at once for what does not answer. */
const MOST_LOOKS = 4;

/** Snapshots of this machine, several of which share one look: whoever asks while one runs gets the next one. */
export function snapshotsOf(options: SnapshotsOptions): TellingSnapshots {
  const { settings, open = (it) => MachineLook.open(it), run = null, patience = shortWhile, calm = atOnce } = options;
  const making: LookMaking = { open: (depth: LookDepth) => open({ ...settings, ...depth }), run };
  return new SharedSnapshots(making, patience, calm);
}

class SharedSnapshots implements TellingSnapshots {
  readonly #making: LookMaking;
  readonly #patience: (lastMs: number) => Promise<void>;
  readonly #calm: () => Promise<void>;
  /** Those that run. */
  readonly #looks = new Set<Promise<void>>();
  /** The one that has not begun; null where nobody waits. */
  #next: SharedLook | null = null;
  #turn: Promise<void> = Promise.resolve();
  #lastMs = 0;

  constructor(making: LookMaking, patience: (lastMs: number) => Promise<void>, calm: () => Promise<void>) {
    this.#making = making;
    this.#patience = patience;
    this.#calm = calm;
  }

  take(needs: TableNeeds, { isBlock }: { readonly isBlock: boolean }): TellingSnapshot {
    if (this.#next === null) {
      this.#next = new SharedLook(this.#making);
      this.#turn = this.#afterTurn(this.#turn);
    }
    this.#next.want(needs, isBlock);
    return new Taken(this.#next);
  }

  async #afterTurn(before: Promise<void>): Promise<void> {
    await before;
    while (this.#looks.size >= MOST_LOOKS) await Promise.race(this.#looks);
    // What the look before has been for is given to the engine first, and answered: whoever asks again then gets this look
    // too. Else each look would answer one client, and the others would stand in a line behind it.
    await new Promise(setImmediate);
    await Promise.race([this.#calm(), this.#patience(this.#lastMs)]);
    // What has come in one go with this is read from the sockets first.
    await new Promise(setImmediate);
    const shared = this.#next;
    this.#next = null;
    if (shared === null) return;
    const began = performance.now();
    const look = shared.begin();
    this.#looks.add(look);
    void look.then(() => {
      this.#looks.delete(look);
      this.#lastMs = performance.now() - began;
    });
    await Promise.race([look, this.#patience(this.#lastMs)]);
  }
}

class Taken implements TellingSnapshot {
  readonly #look: SharedLook;
  readonly #tables = new Set<string>();
  #isFirst = true;

  constructor(look: SharedLook) {
    this.#look = look;
  }

  async read({ tables, columns }: TableNeeds): Promise<ReadonlyMap<string, Uint8Array>> {
    const isAtOnce = this.#isFirst;
    this.#isFirst = false;
    const named = [...tables].filter((it) => it !== 'coverage');
    for (const table of named) this.#tables.add(table);
    const reads = named.map(async (table): Promise<[string, Uint8Array]> => {
      return [table, await this.#look.read(table, { wanted: among(columnsOf(table), columns), isAtOnce })];
    });
    if (tables.has('coverage')) reads.push(this.#readCoverage(isAtOnce));
    return new Map(await Promise.all(reads));
  }

  lacking(): Promise<Lacking> {
    return this.#look.lacking([...this.#tables]);
  }

  async #readCoverage(isAtOnce: boolean): Promise<[string, Uint8Array]> {
    const tables = this.#tables.size === 0 ? READ_TABLES : READ_TABLES.filter((it) => this.#tables.has(it));
    return ['coverage', await this.#look.readCoverage(tables, isAtOnce)];
  }
}

async function atOnce(): Promise<void> {}

function shortWhile(lastMs: number): Promise<void> {
  const ms = Math.min(Math.max(PATIENCE_MS, PATIENCE_TIMES * lastMs), MOST_PATIENCE_MS);
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
