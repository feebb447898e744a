import { readHost } from '../kernel/host.ts';
import { liveMachine, type Machine } from '../kernel/machine.ts';
import { cpuMeter } from '../kernel/own-cpu.ts';
import { PlumblineError } from '../model/errors.ts';
import { requireSessions } from '../model/require-sessions.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { RunClient } from '../panes/client.ts';
import { PatientClient } from '../panes/patience.ts';
import { requireHostId } from '../registry/host.ts';
import { type Change, isSameDeath } from '../registry/plan.ts';
import type { RowStore } from '../registry/registry.ts';
import { type Compared, isSameEnd } from '../registry/table/plan.ts';
import type { Table } from '../registry/table/table.ts';
import { type Pass, pass, type SyncOptions } from '../sync.ts';
import { passes, type TablePass } from '../sync-table.ts';
import { Alarm } from './alarm.ts';
import { Backoff } from './backoff.ts';
import { Brake } from './brake.ts';
import { type Clock, liveClock } from './clock.ts';
import { TerminalWatch } from './devpts.ts';
import { Heartbeat } from './heartbeat.ts';
import { Link, type WatchedStore } from './link.ts';
import { lookCostMs } from './look-cost.ts';
import { Schedule } from './schedule.ts';
import type { Service } from './service.ts';

/** What to keep matching, and whom to tell. */
interface Watching<Store, Done> extends Omit<SyncOptions, 'dryRun' | 'force' | 'adoptHost' | 'forget'> {
  /** Opens the registry, and opens it again after it was lost: `() => openRegistry({ url, answerWithinMs })`. */
  readonly open: () => Promise<Store>;
  /** Ends the watch: the pass that runs is finished. */
  readonly signal: AbortSignal;
  /** How long to wait from one look to the next at most, unless a look is dear: up to a day. Default 1000. */
  readonly intervalMs?: number;
  /** After each pass, whether it wrote something or not. */
  readonly onPass?: (done: Done) => void;
  /** The registry does not answer: told once, until it is back. */
  readonly onLost?: (error: PlumblineError) => void;
  /** It is back, and a look has seen everything; whether the rows are right again, or some are held back. */
  readonly onBack?: (isRight: boolean) => void;
  /** What cannot be watched here, and that the rows count as unknown. */
  readonly note?: (message: string) => void;
  /** Who has started us and wants to be told; see `findService`. */
  readonly service?: Service | null;
  readonly clock?: Clock;
  /** Where terminals appear: `/dev/pts`. */
  readonly terminals?: string;
}

/** Plumbline's own rows. */
export type WatchOptions = Watching<WatchedStore & RowStore, Pass>;

/** Somebody else's table. */
export type WatchTableOptions = Watching<Table, TablePass>;

/**
 * Keeps the rows of this machine matching its kernel until it is told to end: one pass of `sync` at a time, at least
 * every interval, and soon after terminals come or go. Once the rows are right the host is connected: the watch's session
 * on the server holds an advisory lock. A registry that goes away is waited for; the first pass after it sees everything.
 *
 * Needs:  what `sync` needs; a session of its own on the server, so no pooler between
 * @throws {PlumblineError} what waiting does not mend: configuration, schema, rights, another watcher of this host
 */
export async function watch(options: WatchOptions): Promise<void> {
  requireSessions(options);
  await new Watch<WatchedStore & RowStore, Change, Pass>(options, {
    pass: (store, provenBefore, run) => {
      return pass(store, { panes: run, ...options }, { isWatch: true, provenBefore });
    },
    isSame: isSameDeath,
  }).run();
}

/**
 * The same for somebody else's table: `() => openTable({ url, mapping, use: 'write' })`.
 * @throws {PlumblineError} what waiting does not mend
 */
export async function watchTable(options: WatchTableOptions): Promise<void> {
  requireSessions(options);
  await new Watch<Table, Compared, TablePass>(options, {
    pass: (table, provenBefore, run) => passes(table, { panes: run, ...options }, provenBefore),
    isSame: isSameEnd,
  }).run();
}

/** How one pass is made, and when two of them speak of one death. */
interface Keeping<Store, Death, Done> {
  readonly pass: (store: Store, provenBefore: readonly Death[], run: RunClient) => Promise<Done>;
  readonly isSame: (a: Death, b: Death) => boolean;
}

/** What a pass tells, whatever it keeps. */
interface Told<Death> {
  readonly snapshot: Snapshot;
  readonly lookMs: number;
  readonly lookCpuMs: number;
  readonly plan: { readonly held: readonly Death[] };
  /** Rows that somebody else's table refuses. */
  readonly refused?: ReadonlyMap<string, string>;
  /** Rows of such a table that did not change when they were written. */
  readonly lost?: readonly string[];
}

/** What whoever runs it is told, beside which rows it is about. */
const NOT_CONNECTED =
  'not all rows could be written: this host is not connected, and all of them count as unknown, until they are';

class Watch<Store extends WatchedStore, Death, Done extends Told<Death>> {
  readonly #options: Watching<Store, Done>;
  readonly #machine: Machine;
  readonly #keeping: Keeping<Store, Death, Done>;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #schedule: Schedule;
  readonly #backoff = new Backoff(Math.random);
  readonly #brake: Brake<Death>;
  readonly #link: Link<Store>;
  readonly #heartbeat: Heartbeat;
  readonly #panes: PatientClient;
  #isLost = false;
  #isHolding = false;
  #isWrong = false;

  constructor(options: Watching<Store, Done>, keeping: Keeping<Store, Death, Done>) {
    const { clock = liveClock, machine = liveMachine(), intervalMs = 1000, hostId = null, open } = options;
    this.#panes = new PatientClient(() => clock.nowMs());
    this.#options = options;
    this.#machine = machine;
    this.#keeping = keeping;
    this.#brake = new Brake(keeping.isSame);
    this.#clock = clock;
    this.#alarm = new Alarm(clock);
    this.#schedule = new Schedule(intervalMs, clock.nowMs());
    this.#link = new Link(open, requireHostId(readHost(machine, hostId)), () => this.#wake());
    this.#heartbeat = new Heartbeat(clock, options.service ?? null);
  }

  async run(): Promise<void> {
    const { signal, note = () => {}, terminals: directory } = this.#options;
    const wake = () => this.#wake();
    const terminals = new TerminalWatch({ clock: this.#clock, wake, note, ...(directory && { directory }) });
    try {
      while (!signal.aborted) {
        this.#heartbeat.turnBegins();
        await this.#turn();
        this.#heartbeat.turnEnds();
        await this.#alarm.until(() => this.#schedule.dueMs, signal);
      }
      await this.#withdraw(note);
    } finally {
      this.#heartbeat.stopping();
      terminals.close();
      await this.#link.close();
    }
  }

  /** Asked to end: the rows are as right as those of a sync. Where that cannot be written, they read as unknown. */
  async #withdraw(note: (message: string) => void): Promise<void> {
    try {
      // As a snapshot they would say alive of what is proven dead.
      if (this.#isHolding) await this.#link.retract();
      else await this.#link.withdraw();
    } catch (error) {
      if (!(error instanceof PlumblineError && error.isTransient)) throw error;
      note(`${error.message}: the rows of this host read as unknown until the next sync`);
    }
  }

  #wake(): void {
    this.#schedule.wake(this.#clock.nowMs());
    this.#alarm.ring();
  }

  async #turn(): Promise<void> {
    const cpuMs = cpuMeter(this.#machine);
    try {
      await this.#pass();
    } catch (error) {
      if (!(error instanceof PlumblineError && error.isTransient)) throw error;
      await this.#link.close();
      this.#schedule.failed(this.#clock.nowMs(), this.#backoff.next(), cpuMs());
      this.#heartbeat.status(`waiting for the registry: ${error.message}`);
      if (!this.#isLost) this.#options.onLost?.(error);
      this.#isLost = true;
    }
  }

  /** Looks stay apart by what they cost. Waiting costs nothing, be it for a server that hangs or for a busy machine. */
  #costMs({ lookMs, lookCpuMs }: Told<Death>): number {
    return lookCostMs(Math.max(0, lookMs - this.#panes.takeLostMs()), lookCpuMs);
  }

  async #pass(): Promise<void> {
    const { onPass, onBack } = this.#options;
    const store = await this.#link.store();
    const startedMs = this.#clock.nowMs();
    const done = await this.#keeping.pass(store, this.#brake.provenBefore(startedMs), this.#panes.run);
    this.#schedule.ended(startedMs, this.#costMs(done));
    const look = { startedMs, endedMs: this.#clock.nowMs() };
    const { secondLookMs, isStuck } = this.#brake.passed(done.plan, done.snapshot, look);
    if (secondLookMs !== null) this.#schedule.lookBy(secondLookMs);
    onPass?.(done);
    this.#isHolding = done.plan.held.length > 0;
    // What no further look will release, and what a table does not take, is wrong in the rows until a person has settled it.
    const isWrong = isStuck || (done.refused?.size ?? 0) > 0 || (done.lost?.length ?? 0) > 0;
    const isRight = !isWrong && !this.#isHolding;
    this.#tell(isWrong, done.snapshot);
    if (isWrong) await this.#link.retract();
    if (isRight) await this.#link.announce();
    if (isRight) this.#heartbeat.ready();
    this.#backoff.reset();
    if (this.#isLost) onBack?.(isRight);
    this.#isLost = false;
  }

  /** Once where rows stay wrong, until they are right: in between deaths may be held that wait for a second look. */
  #tell(isWrong: boolean, { sessions }: Snapshot): void {
    if (isWrong && !this.#isWrong) this.#options.note?.(NOT_CONNECTED);
    this.#isWrong = isWrong || (this.#isWrong && this.#isHolding);
    const watching = `watching: ${sessions.length} sessions`;
    this.#heartbeat.status(this.#isWrong ? `${watching}; ${NOT_CONNECTED}` : watching);
  }
}
