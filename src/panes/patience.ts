import { type RunClient, runClient } from './client.ts';

/** For how long a server that hangs is not asked again; from then on twice as long each time. */
const FIRST_REST_MS = 4000;
const LONGEST_REST_MS = 600_000;
/** A watch has other things to keep right than the panes of a server that hangs. */
const DEADLINE_MS = 1000;

/** A server that did not answer. */
interface Resting {
  readonly untilMs: number;
  readonly restMs: number;
}

/**
 * Asks servers again and again, as a watch does, and lets one that hangs rest: it is waited for once, and then not asked at
 * all for a while, and twice as long each time. What it shows is unknown meanwhile, and rows tell where it was before: so
 * the first rests are short, since on a busy machine servers miss a second that do not hang.
 */
export class PatientClient {
  readonly #nowMs: () => number;
  readonly #run: RunClient;
  readonly #resting = new Map<string, Resting>();
  #lostMs = 0;

  constructor(nowMs: () => number, run: RunClient = runClient) {
    this.#nowMs = nowMs;
    this.#run = run;
  }

  /** Runs a client, if its server is not resting. */
  readonly run: RunClient = async (server, run) => {
    const key = `${server.pid} ${server.startTimeTicks}`;
    const startedMs = this.#nowMs();
    const rest = this.#resting.get(key);
    if (rest && startedMs < rest.untilMs) {
      const seconds = Math.ceil((rest.untilMs - startedMs) / 1000);
      return { silence: `its server did not answer, and is asked again in ${seconds} s`, hint: '' };
    }
    const answer = await this.#run(server, { ...run, deadlineMs: DEADLINE_MS });
    const tookMs = this.#nowMs() - startedMs;
    if (!('silence' in answer) || tookMs < DEADLINE_MS) {
      this.#resting.delete(key);
      return answer;
    }
    const restMs = Math.min(rest ? rest.restMs * 2 : FIRST_REST_MS, LONGEST_REST_MS);
    this.#resting.set(key, { restMs, untilMs: this.#nowMs() + restMs });
    this.#lostMs = Math.max(this.#lostMs, tookMs);
    return answer;
  };

  /** How long servers that hang were waited for since this was last asked: all are at the same time. */
  takeLostMs(): number {
    const lostMs = this.#lostMs;
    this.#lostMs = 0;
    return lostMs;
  }
}
