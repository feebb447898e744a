import { readHost } from '../kernel/host.ts';
import { liveMachine } from '../kernel/machine.ts';
import { PlumblineError } from '../model/errors.ts';
import { requireHostId } from '../registry/host.ts';
import { type Pass, pass, requireSessions, type SyncOptions } from '../sync.ts';
import { Alarm } from './alarm.ts';
import { Backoff } from './backoff.ts';
import { Brake } from './brake.ts';
import { type Clock, liveClock } from './clock.ts';
import { TerminalWatch } from './devpts.ts';
import { Heartbeat } from './heartbeat.ts';
import { Link, type WatchedStore } from './link.ts';
import { Schedule } from './schedule.ts';
import type { Service } from './service.ts';

/** What to keep matching, and whom to tell. */
export interface WatchOptions extends Omit<SyncOptions, 'dryRun' | 'force' | 'adoptHost' | 'forget'> {
  /** Opens the registry, and opens it again after it was lost: `() => openRegistry({ url, answerWithinMs })`. */
  readonly open: () => Promise<WatchedStore>;
  /** Ends the watch: the pass that runs is finished. */
  readonly signal: AbortSignal;
  /** How long to wait from one look to the next at most, unless a look is dear. Default 1000. */
  readonly intervalMs?: number;
  /** After each pass, whether it wrote something or not. */
  readonly onPass?: (done: Pass) => void;
  /** The registry does not answer: told once, until it is back. */
  readonly onLost?: (error: PlumblineError) => void;
  /** It is back, and the rows are right again. */
  readonly onBack?: () => void;
  /** What cannot be watched here. */
  readonly note?: (message: string) => void;
  /** Who has started us and wants to be told; see `findService`. */
  readonly service?: Service | null;
  readonly clock?: Clock;
  /** Where terminals appear: `/dev/pts`. */
  readonly terminals?: string;
}

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
  const watching = new Watch(options);
  await watching.run();
}

class Watch {
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #schedule: Schedule;
  readonly #backoff = new Backoff(Math.random);
  readonly #brake = new Brake();
  readonly #link: Link;
  readonly #heartbeat: Heartbeat;
  #isLost = false;

  constructor(options: WatchOptions) {
    const { clock = liveClock, machine = liveMachine(), intervalMs = 1000, hostId = null, open } = options;
    this.#options = { ...options, machine };
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
      await this.#link.withdraw();
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
    try {
      await this.#pass();
    } catch (error) {
      if (!(error instanceof PlumblineError && error.isTransient)) throw error;
      await this.#link.close();
      this.#schedule.failed(this.#clock.nowMs(), this.#backoff.next());
      this.#heartbeat.status(`waiting for the registry: ${error.message}`);
      if (!this.#isLost) this.#options.onLost?.(error);
      this.#isLost = true;
    }
  }

  async #pass(): Promise<void> {
    const { onPass, onBack } = this.#options;
    const store = await this.#link.store();
    const startedMs = this.#clock.nowMs();
    const provenBefore = this.#brake.provenBefore(startedMs);
    const done = await pass(store, this.#options, { isWatch: true, provenBefore });
    this.#schedule.ended(startedMs, done.lookMs);
    const secondLookMs = this.#brake.passed(done.plan, done.snapshot, this.#clock.nowMs());
    if (secondLookMs !== null) this.#schedule.lookBy(secondLookMs);
    this.#backoff.reset();
    if (this.#isLost) onBack?.();
    this.#isLost = false;
    this.#heartbeat.status(`watching: ${done.snapshot.sessions.length} sessions`);
    this.#heartbeat.ready();
    onPass?.(done);
    await this.#link.announce();
  }
}
