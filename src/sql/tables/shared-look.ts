import type { MachineLook } from '../../look/machine-look.ts';
import type { RunClient } from '../../look/session-details.ts';
import { type Coverage, mergedCoverage } from '../../model/coverage.ts';
import { type CoverageRow, LIVE_COVERAGE } from '../../relations/live-coverage.ts';
import { among, covers, union } from './columns.ts';
import { LIVE_RELATIONS } from './live-relations.ts';
import type { Lacking, TableNeeds } from './live-table.ts';
import { GROWING, LATER, Readings, type TableAsk } from './readings.ts';
import { tableCsv } from './table-csv.ts';

/** What only a deeper look tells. */
export interface LookDepth {
  /** Whether to prove that a home has no session. */
  readonly proveAbsence: boolean;
  /** Whether to say what is in a home instead. */
  readonly explain: boolean;
}

/** How looks are made. */
export interface LookMaking {
  readonly open: (depth: LookDepth) => Promise<MachineLook>;
  readonly run: RunClient | null;
}

/** Columns of homes that say what is in one instead of its session. */
const EXPLAINED = ['reason', 'bystanders'];
const COVERAGE = 'coverage';
const COLUMNS: ReadonlyMap<string, readonly string[]> = new Map(
  LIVE_RELATIONS.map(({ name, columns }) => [name, columns.map((it) => it.name)]),
);
/** Every table that is read of the kernel. */
export const READ_TABLES: readonly string[] = [...COLUMNS.keys()].filter((it) => it !== COVERAGE);

/** One look, for all that were waiting for it when it began: what any of them reads is read once for all. */
export class SharedLook {
  readonly #making: LookMaking;
  readonly #needs = new Map<string, ReadonlySet<string>>();
  readonly #csv = new Map<string, { columns: ReadonlySet<string>; bytes: Promise<Uint8Array> }>();
  #isKept = false;
  #resolve: (readings: Promise<Readings>) => void = () => undefined;
  readonly #readings = new Promise<Readings>((resolve) => {
    this.#resolve = resolve;
  });

  constructor(making: LookMaking) {
    this.#making = making;
    // Whoever reads is told of what went wrong; a look that nobody reads any more has nobody to tell.
    this.#readings.catch(() => undefined);
  }

  /**
   * Says what is read of it first, before it begins.
   * @param isKept more may be read of it later, and then be of the same rows
   */
  want({ tables, columns }: TableNeeds, isKept: boolean): void {
    const isAlone = tables.size === 1 && tables.has(COVERAGE);
    for (const table of isAlone ? READ_TABLES : tables) {
      const wanted = isAlone ? usual(table) : among(columnsOf(table), columns);
      this.#needs.set(table, union(this.#needs.get(table) ?? new Set(), wanted));
    }
    this.#isKept ||= isKept;
  }

  /** Looks. The promise ends with the look, and tells nothing of how. */
  async begin(): Promise<void> {
    const homes = this.#needs.get('homes');
    const explain = homes !== undefined && (this.#isKept || EXPLAINED.some((it) => homes.has(it)));
    const depth: LookDepth = { proveAbsence: homes !== undefined, explain };
    this.#resolve(this.#open(depth));
    await this.#readings.then(
      () => undefined,
      () => undefined,
    );
  }

  /** A table as CSV. */
  async read(table: string, { wanted, isAtOnce }: TableAsk): Promise<Uint8Array> {
    // Before that it is not known what else is wanted of it.
    const readings = await this.#readings;
    const known = this.#csv.get(table);
    if (known !== undefined && covers(known.columns, wanted)) return known.bytes;
    const columns = union(union(this.#needs.get(table) ?? new Set(), wanted), known?.columns ?? new Set());
    const bytes = this.#encode(readings, table, { wanted: columns, isAtOnce });
    this.#csv.set(table, { columns, bytes });
    return bytes;
  }

  /** What could not be seen of these tables; one that has not been read yet is read for it. */
  async readCoverage(tables: readonly string[], isAtOnce: boolean): Promise<Uint8Array> {
    const { hostId, observedAt } = await this.#readings;
    const all = tables.map(async (table) => coverageRows(table, await this.#coverageOf(table, isAtOnce)));
    const rows = (await Promise.all(all)).flat();
    const wanted = new Set(columnsOf(COVERAGE));
    const told = { count: rows.length, rowsOf: () => rows, observedAt: () => observedAt };
    return tableCsv(LIVE_COVERAGE.columns, told, { wanted, hostId });
  }

  /** The same of these tables together. */
  async lacking(tables: readonly string[]): Promise<Lacking> {
    const { hostId, observedAt, unmatchedPatterns } = await this.#readings;
    const all = await Promise.all(tables.map((table) => this.#coverageOf(table, false)));
    return { hostId, observedAt, coverage: mergedCoverage(all), unmatchedPatterns };
  }

  async #coverageOf(table: string, isAtOnce: boolean): Promise<Coverage> {
    const readings = await this.#readings;
    const wanted = this.#columnsToRead(table, this.#csv.get(table)?.columns ?? usual(table));
    const { coverage } = await readings.read(table, { wanted, isAtOnce });
    return coverage;
  }

  async #open(depth: LookDepth): Promise<Readings> {
    const look = await this.#making.open(depth);
    const lookAgain = () => this.#making.open({ proveAbsence: true, explain: true });
    return new Readings(look, { lookAgain, hasProof: depth.proveAbsence, run: this.#making.run });
  }

  /** What nobody has asked for is left out, even where it has been read. */
  async #encode(readings: Readings, table: string, { wanted, isAtOnce }: TableAsk): Promise<Uint8Array> {
    const rows = await readings.read(table, { wanted: this.#columnsToRead(table, wanted), isAtOnce });
    const columns = LIVE_RELATIONS.find(({ name }) => name === table)?.columns ?? [];
    return tableCsv(columns, rows, { wanted, hostId: readings.hostId });
  }

  /**
   * All columns at once where the look is kept: rows that are read again would be others. What costs much and can be had later
   * for the same rows waits until somebody wants it.
   */
  #columnsToRead(table: string, wanted: ReadonlySet<string>): ReadonlySet<string> {
    const needed = union(this.#needs.get(table) ?? new Set(), wanted);
    return this.#isKept && !GROWING.has(table) ? union(needed, usual(table)) : needed;
  }
}

/** The columns of a table that cost a read at most. */
function usual(table: string): ReadonlySet<string> {
  const later = LATER[table] ?? [];
  return new Set(columnsOf(table).filter((it) => !later.includes(it)));
}

/** The names of a table's columns. */
export function columnsOf(table: string): readonly string[] {
  const columns = COLUMNS.get(table);
  if (columns === undefined) throw new TypeError(`there is no table ${table}`);
  return columns;
}

function coverageRows(table: string, { complete, reasons, damage }: Coverage): CoverageRow[] {
  if (reasons.length === 0) return [{ table, complete, reason: null, damage: null }];
  return reasons.map((reason) => ({ table, complete, reason, damage: reason.code === 'malformed' ? damage : null }));
}
