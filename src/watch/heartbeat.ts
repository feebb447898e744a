import type { Clock } from './clock.ts';
import type { Service } from './service.ts';

/**
 * Tells the service manager how it goes, and that the loop turns: it hears nothing while a turn does not end, and ends
 * us then. Between two turns we live, however long that is meant to be.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #service: Service | null;
  readonly #everyMs: number | null;
  #isTurning = false;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isReady = false;
  #status = '';
  #callOff = () => {};

  constructor(clock: Clock, service: Service | null) {
    this.#clock = clock;
    this.#service = service;
    this.#everyMs = service?.watchdogMs == null ? null : service.watchdogMs / 2;
    this.#tick();
  }

  turnBegins(): void {
    this.#isTurning = true;
  }

  turnEnds(): void {
    this.#isTurning = false;
    // A tick that fell into the turn is made up for; and no more often than it has to be.
    if (this.#everyMs !== null && this.#clock.nowMs() - this.#lastMs >= this.#everyMs / 2) this.#beat();
  }

  /** The rows are right for the first time. */
  ready(): void {
    if (!this.#isReady) this.#service?.tell('READY=1');
    this.#isReady = true;
  }

  /** For people who ask `systemctl status`. */
  status(text: string): void {
    if (text !== this.#status) this.#service?.tell(`STATUS=${text.replaceAll('\n', ' ')}`);
    this.#status = text;
  }

  stopping(): void {
    this.#callOff();
    this.#service?.tell('STOPPING=1');
  }

  #tick(): void {
    if (this.#everyMs === null) return;
    if (!this.#isTurning) this.#beat();
    this.#callOff = this.#clock.after(this.#everyMs, () => this.#tick());
  }

  #beat(): void {
    this.#lastMs = this.#clock.nowMs();
    this.#service?.tell('WATCHDOG=1');
  }
}
