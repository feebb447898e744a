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
  /** How long the next look waits for one that takes long. */
  readonly patience?: () => Promise<void>;
}

/** A look takes this long where a file system does not answer; nobody else has to wait for that. */
const PATIENCE_MS = 50;
/** So many looks wait at once for what does not answer. */
const MOST_LOOKS = 4;

/** Snapshots of this machine, several of which share one look: whoever asks while one runs gets the next one. */
export function snapshotsOf(options: SnapshotsOptions): TellingSnapshots {
  const { settings, open = (it) => MachineLook.open(it), run = null, patience = shortWhile } = options;
  const making: LookMaking = { open: (depth: LookDepth) => open({ ...settings, ...depth }), run };
  return new SharedSnapshots(making, patience);
}

class SharedSnapshots implements TellingSnapshots {
  readonly #making: LookMaking;
  readonly #patience: () => Promise<void>;
  /** Those that run. */
  readonly #looks = new Set<Promise<void>>();
  /** The one that has not begun; null where nobody waits. */
  #next: SharedLook | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(making: LookMaking, patience: () => Promise<void>) {
    this.#making = making;
    this.#patience = patience;
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
    // What has come in one go with this is read from the sockets first.
    await new Promise(setImmediate);
    const shared = this.#next;
    this.#next = null;
    if (shared === null) return;
    const look = shared.begin();
    this.#looks.add(look);
    void look.then(() => this.#looks.delete(look));
    await Promise.race([look, this.#patience()]);
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

function shortWhile(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS).unref();
  });
}
