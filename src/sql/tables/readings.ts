import { listPanes } from '../../list-panes.ts';
import type { MachineLook } from '../../look/machine-look.ts';
import { type RunClient, SessionDetails } from '../../look/session-details.ts';
import { withTerminalPanes } from '../../look/terminals.ts';
import { type Coverage, coverageOf } from '../../model/coverage.ts';
import type { ProcessEntry } from '../../model/process-entry.ts';
import type { SeenServer } from '../../model/seen-pane.ts';
import type { TerminalEntry } from '../../model/terminal-entry.ts';
import { covers, union } from './columns.ts';
import { type HomeSeen, homesWithProof } from './homes-later.ts';
import { LIVE_KERNEL_RELATIONS } from './live-relations.ts';
import { type Reading, reading, withMore } from './reading.ts';

/** Columns that cost more than a read, and can be had later for the same rows. */
export const LATER: Readonly<Record<string, readonly string[]>> = {
  sessions: [
    'pane',
    'pane_address',
    'pane_multiplexer',
    'pane_server_pid',
    'pane_socket',
    'pane_also_at',
    'no_pane_because',
    'pane_known',
    'claimed_by',
    'evidence',
  ],
  terminals: ['pane'],
};
/** Tables of which more can be read later of the same rows: which thing a row is. */
const KEYS: Readonly<Record<string, (row: ProcessEntry) => string>> = {
  processes: keyOfProcess,
  process_arguments: keyOfProcess,
};
/** Their names. */
export const GROWING: ReadonlySet<string> = new Set(Object.keys(KEYS));

const OF_CLAIMS = ['claimed_by', 'evidence'];

/** How one look is read. */
export interface ReadingsOptions {
  /** A look that proves absences, begun now. */
  readonly lookAgain: () => Promise<MachineLook>;
  /** Whether this one does. */
  readonly hasProof: boolean;
  /** Who runs the clients of multiplexers; null: as everywhere. */
  readonly run: RunClient | null;
}

/** What is asked of a table. */
export interface TableAsk {
  readonly wanted: ReadonlySet<string>;
  /** Whether it is read in one go with the look. Else it is later than that, and says so. */
  readonly isAtOnce: boolean;
}

/**
 * The tables of one look, each read once, in the order in which they are asked for: a look tells what was not seen of one
 * relation at a time. What waits for other programs is not waited for by other tables.
 */
export class Readings {
  readonly #look: MachineLook;
  readonly #options: ReadingsOptions;
  readonly #details: SessionDetails;
  readonly #relations = new Map<string, { columns: ReadonlySet<string>; reading: Promise<Reading> }>();
  #homes: Promise<Reading> | null = null;
  #panes: Promise<Reading> | null = null;
  #terminals: { of: Promise<Reading>; reading: Promise<Reading> } | null = null;
  #askedAt: Date | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(look: MachineLook, options: ReadingsOptions) {
    this.#look = look;
    this.#options = options;
    this.#details = new SessionDetails(look, options.run);
  }

  /** The name of the machine that was asked. */
  get hostId(): string | null {
    return this.#look.snapshot.host.id;
  }

  /** When the look was begun. */
  get observedAt(): Date {
    return this.#look.snapshot.observedAt;
  }

  /** The patterns of homes that no directory matches. */
  get unmatchedPatterns(): readonly string[] {
    return this.#look.snapshot.unmatchedPatterns;
  }

  /** One table, but coverage. */
  read(table: string, ask: TableAsk): Promise<Reading> {
    switch (table) {
      case 'sessions':
        return this.#readSessions(ask.wanted);
      case 'homes':
        this.#homes ??= this.#readHomes();
        return this.#homes;
      case 'panes':
        this.#panes ??= this.#readPanes(ask);
        return this.#panes;
      default:
        return this.#readRelation(table, ask);
    }
  }

  async #readSessions(wanted: ReadonlySet<string>): Promise<Reading> {
    const claims = OF_CLAIMS.some((it) => wanted.has(it));
    const panes = LATER['sessions']?.some((it) => it !== 'claimed_by' && wanted.has(it)) ?? false;
    if (panes) this.#askedAt ??= this.#look.machine.now();
    return this.#ofLook(await this.#details.sessionsWith({ panes, claims }));
  }

  async #readHomes(): Promise<Reading> {
    const { snapshot } = this.#look;
    if (this.#options.hasProof || snapshot.homes.length === 0) return this.#ofLook(snapshot.homes);
    const later = await this.#options.lookAgain();
    const seen: HomeSeen[] = homesWithProof(snapshot, later.snapshot);
    const reports = seen.map(({ report }) => report);
    return {
      ...reading(reports, snapshot.observedAt, later.snapshot.coverage),
      observedAt: (position) => seen[position]?.observedAt ?? snapshot.observedAt,
    };
  }

  async #readPanes({ isAtOnce }: TableAsk): Promise<Reading> {
    const { machine, snapshot } = this.#look;
    const hasHomes = snapshot.homeSpecs.length > 0;
    // Each server is asked once: what it has said of the sessions' panes is what is told here.
    const began = isAtOnce ? snapshot.observedAt : (this.#askedAt ?? machine.now());
    this.#askedAt ??= began;
    const run = await this.#details.run;
    const sessions = await this.#details.sessionsWith({ panes: hasHomes, claims: false });
    const { panes, servers } = await listPanes(machine, { sessions, run });
    return reading(panes, began, withUnlisted(snapshot.coverage, servers));
  }

  async #readRelation(name: string, ask: TableAsk): Promise<Reading> {
    const later = LATER[name] ?? [];
    const columns = new Set([...ask.wanted].filter((it) => !later.includes(it)));
    const bare = this.#bareRelation(name, columns, ask);
    if (name !== 'terminals' || !ask.wanted.has('pane')) return bare;
    if (this.#terminals?.of !== bare) this.#terminals = { of: bare, reading: this.#withTerminalPanes(bare) };
    return this.#terminals.reading;
  }

  #bareRelation(name: string, wanted: ReadonlySet<string>, { isAtOnce }: TableAsk): Promise<Reading> {
    const known = this.#relations.get(name);
    if (known !== undefined && covers(known.columns, wanted)) return known.reading;
    const all = known === undefined ? wanted : union(known.columns, wanted);
    const keyOf = KEYS[name];
    const result = this.#alone(async () => {
      if (known === undefined || keyOf === undefined) return this.#readNow(name, all, isAtOnce);
      const columns = new Set([...wanted].filter((it) => !known.columns.has(it)));
      const { rowsOf, coverage } = await this.#readNow(name, columns, isAtOnce);
      return withMore(await known.reading, { columns, rows: rowsOf(''), coverage }, keyOf);
    });
    this.#relations.set(name, { columns: all, reading: result });
    return result;
  }

  async #readNow(name: string, columns: ReadonlySet<string>, isAtOnce: boolean): Promise<Reading> {
    const look = this.#look;
    const relation = LIVE_KERNEL_RELATIONS.get(name);
    if (relation === undefined) throw new TypeError(`there is no table ${name}`);
    const began = isAtOnce ? this.observedAt : look.machine.now();
    look.beginLog();
    const rows = await relation.rows(look, { sessions: null, wants: (it) => columns.has(it), options: {} });
    return reading(rows, began, look.coverageOfLog());
  }

  async #withTerminalPanes(bare: Promise<Reading>): Promise<Reading> {
    const before = await bare;
    if (!this.#look.machine.isLive) return before;
    // What a server has said of the panes of sessions is what is told here: it may be older than the terminals.
    const asked = this.#askedAt ?? this.#look.machine.now();
    this.#askedAt = asked;
    const run = await this.#details.run;
    // Rows of the relation of terminals are its entries; only their type is forgotten since they were read.
    const rows = await withTerminalPanes(before.rowsOf('') as readonly TerminalEntry[], this.#look, run);
    const observedAt = (position: number) => earlier(asked, before.observedAt(position));
    return { ...before, rowsOf: () => rows, observedAt };
  }

  #ofLook(rows: readonly unknown[]): Reading {
    return reading(rows, this.observedAt, this.#look.snapshot.coverage);
  }

  /** After whatever else is read by the look's log. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    const done = () => undefined;
    this.#turn = result.then(done, done);
    return result;
  }
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function keyOfProcess({ stat }: ProcessEntry): string {
  return `${stat.pid} ${stat.startTimeTicks}`;
}

/** What a multiplexer does not tell is missing among the panes. */
function withUnlisted({ reasons, damage }: Coverage, servers: readonly SeenServer[]): Coverage {
  const pids = servers.flatMap(({ pid, unlistedBecause }) => (unlistedBecause === null ? [] : [pid]));
  if (pids.length === 0) return coverageOf(reasons, damage);
  return coverageOf([...reasons, { code: 'panes_unlisted', count: pids.length, pids }], damage);
}
